//! Pod Security, level `restricted`: refuses pods, and warns about what would make such pods.

use crate::kube::failure::Failure;
use crate::kube::kinds::Kind;
use crate::kube::store::Key;
use crate::kube::world::World;
use serde_json::{Value, json};

pub(super) fn admit(world: &mut World, kind: &Kind, key: &Key, object: &Value) -> Result<(), Failure> {
    let level = |mode: &str| {
        let labels = world.namespace(&key.namespace).map(|one| &one["metadata"]["labels"]);
        labels.is_some_and(|labels| labels[format!("pod-security.kubernetes.io/{mode}")] == "restricted")
    };
    let (enforced, warned) = (level("enforce"), level("warn"));
    let spec = match kind.resource {
        "pods" if enforced => &object["spec"],
        "deployments" | "replicasets" if warned => &object["spec"]["template"]["spec"],
        _ => return Ok(()),
    };
    let violations = violations(spec);
    if violations.is_empty() {
        return Ok(());
    }
    let told = format!("violate PodSecurity \"restricted:latest\": {}", violations.join(", "));
    if kind.resource == "pods" {
        return Err(Failure::forbidden(kind, &key.name, &told.replacen("violate", "violates", 1)));
    }
    // Controllers write these, too, and nobody reads what they are warned of.
    if !world.settling {
        world.warnings.push(format!("would {told}"));
    }
    Ok(())
}

fn violations(spec: &Value) -> Vec<String> {
    let lists =
        ["initContainers", "containers"].map(|name| spec[name].as_array().cloned().unwrap_or_default());
    let containers = lists.concat();
    let of_pod = &spec["securityContext"];
    let mut found = vec![];
    let mut each = |bad: &dyn Fn(&Value) -> bool, what: &str, who: &str, must: &str| {
        let named: Vec<_> = containers
            .iter()
            .filter(|one| bad(&one["securityContext"]))
            .map(|one| one["name"].to_string())
            .collect();
        if !named.is_empty() {
            let plural = if named.len() > 1 { "s" } else { "" };
            found.push(format!("{what} ({who}container{plural} {} {must})", named.join(", ")));
        }
    };
    each(&|one| one["privileged"] == true, "privileged", "", "must not set securityContext.privileged=true");
    each(
        &|one| one["allowPrivilegeEscalation"] != false,
        "allowPrivilegeEscalation != false",
        "",
        "must set securityContext.allowPrivilegeEscalation=false",
    );
    each(
        &|one| !one["capabilities"]["drop"].as_array().is_some_and(|list| list.contains(&json!("ALL"))),
        "unrestricted capabilities",
        "",
        "must set securityContext.capabilities.drop=[\"ALL\"]",
    );
    let either = |one: &Value, name: &str| {
        let own = &one[name];
        if own.is_null() { of_pod[name].clone() } else { own.clone() }
    };
    each(
        &|one| either(one, "runAsNonRoot") != true,
        "runAsNonRoot != true",
        "pod or ",
        "must set securityContext.runAsNonRoot=true",
    );
    each(&|one| either(one, "runAsUser") == 0, "runAsUser=0", "", "must not set runAsUser=0");
    let profiles = ["RuntimeDefault", "Localhost"];
    each(
        &|one| !profiles.contains(&either(one, "seccompProfile")["type"].as_str().unwrap_or_default()),
        "seccompProfile",
        "pod or ",
        "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
    );
    found.extend(of_the_host(spec));
    found
}

fn of_the_host(spec: &Value) -> Vec<String> {
    let mut found = vec![];
    let shared: Vec<_> =
        ["hostNetwork", "hostPID", "hostIPC"].into_iter().filter(|name| spec[name] == true).collect();
    if !shared.is_empty() {
        let set: Vec<_> = shared.iter().map(|name| format!("{name}=true")).collect();
        found.push(format!("host namespaces ({})", set.join(", ")));
    }
    for volume in spec["volumes"].as_array().into_iter().flatten().filter(|one| one["hostPath"].is_object()) {
        found.push(format!(
            "restricted volume types (volume {} uses restricted volume type \"hostPath\")",
            volume["name"]
        ));
    }
    found
}
