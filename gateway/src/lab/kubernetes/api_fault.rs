//! What the API server refused, as a sentence for people. Who may not do what stands in its message only; conflicts are in the
//! causes. Pure.

use super::pod_trouble::{sentence, used_up};
use gateway_domain::{LabFault, visible};
use kube::core::Status;

/// A step that was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) sentence: String,
    pub(super) fault: LabFault,
    /// It may work in a moment, without anybody's doing.
    pub(super) passes: bool,
}

impl Fault {
    pub(super) fn lasting(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), fault: LabFault::Refused, passes: false }
    }

    pub(super) fn passing(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), fault: LabFault::Refused, passes: true }
    }

    pub(super) fn for_figures(self, fault: LabFault) -> Self {
        Self { fault, ..self }
    }

    /// `what`: the thing that was called for, such as "the deployment shop-auth".
    pub(super) fn of(error: &kube::Error, what: &str) -> Self {
        match error {
            kube::Error::Api(status) => from_status(status, what),
            // No answer, or none that can be read.
            other => {
                tracing::warn!(error = %other, what, "the cluster did not answer");
                Self::passing("the cluster does not answer, and is asked again")
            }
        }
    }
}

fn from_status(status: &Status, what: &str) -> Fault {
    let message = status.message.as_str();
    match status.code {
        403 if has_cause(status, "NamespaceTerminating") => {
            Fault::passing("the old lab is still being removed")
        }
        _ if message.contains("ValidatingAdmissionPolicy") => {
            Fault::lasting(by_policy(message)).for_figures(LabFault::Policy)
        }
        403 => match used_up(message) {
            Some(told) => Fault::lasting(told).for_figures(LabFault::Quota),
            None => no_right(message),
        },
        409 if has_cause(status, "FieldManagerConflict") => {
            Fault::lasting(conflict(status, what)).for_figures(LabFault::Conflict)
        }
        // Two wrote at once, or it became another one meanwhile.
        409 => Fault::passing(format!("{what} was changed by someone else just now")),
        429 | 500..=599 if !message.contains("field not declared in schema") => {
            Fault::passing("the cluster has too much to do, and is asked again")
        }
        _ => Fault::lasting(format!("The cluster refused {what}: \"{}\".", sentence(message))),
    }
}

fn has_cause(status: &Status, reason: &str) -> bool {
    status.details.iter().flat_map(|details| &details.causes).any(|cause| cause.reason == reason)
}

/// `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: the text that its author wrote`
fn by_policy(message: &str) -> String {
    let text = message.split_once("denied request: ").map_or(message, |(_, text)| text);
    format!("The cluster refused: \"{}\".", sentence(text))
}

/// `… cannot patch resource "deployments" in API group "apps" in the namespace "shop-lab"`
fn no_right(message: &str) -> Fault {
    let between = |from: &str, to: &str| {
        let (_, rest) = message.split_once(from)?;
        Some(visible(rest.split_once(to)?.0))
    };
    let (Some(verb), Some(resource)) = (between(" cannot ", " resource "), between(" resource \"", "\""))
    else {
        return Fault::lasting(format!("The cluster refused: \"{}\".", sentence(message)));
    };
    let group = between(" in API group \"", "\"").filter(|group| !group.is_empty());
    let group = group.map(|group| format!(" ({group})")).unwrap_or_default();
    let place = between(" in the namespace \"", "\"").map(|name| format!(" in {name}")).unwrap_or_default();
    Fault::lasting(format!(
        "I can't {verb} {resource}{group}{place}. An administrator adds it to the cluster role `gateway-labs`; `gateway doctor` lists all rights."
    ))
    .for_figures(LabFault::Right)
}

/// Each cause names a field, and in its message who has it.
fn conflict(status: &Status, what: &str) -> String {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let mut fields: Vec<String> = vec![];
    let mut managers: Vec<String> = vec![];
    for cause in causes.filter(|cause| cause.reason == "FieldManagerConflict") {
        fields.push(format!("`{}`", visible(&cause.field)));
        let manager = cause.message.split('"').nth(1).unwrap_or("another program");
        let manager = format!("\"{}\"", visible(manager));
        if !managers.contains(&manager) {
            managers.push(manager);
        }
    }
    format!(
        "Someone else ({}) changed {} of {what}. Take over overwrites that, Retry makes a new lab.",
        managers.join(", "),
        fields.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::{Fault, LabFault};
    use kube::core::Status;
    use serde_json::{Value, json};

    fn told(code: u16, message: &str, causes: &Value) -> Fault {
        let status =
            json!({ "code": code, "message": message, "reason": "x", "details": { "causes": causes } });
        let status: Status = serde_json::from_value(status).unwrap();
        Fault::of(&kube::Error::Api(status.boxed()), "the deployment shop-auth")
    }

    #[track_caller]
    fn lasts(code: u16, message: &str, causes: &Value, fault: LabFault, expected: &str) {
        assert_eq!(told(code, message, causes), Fault::lasting(expected).for_figures(fault), "{message}");
    }

    #[test]
    fn a_missing_right_is_named_with_verb_resource_group_and_namespace() {
        // REQ-LAB-05
        let user = "User \"system:serviceaccount:ai-dev:gateway\"";
        lasts(
            403,
            &format!(
                "ingresses.networking.k8s.io \"x\" is forbidden: {user} cannot create resource \"ingresses\" in API group \"networking.k8s.io\" in the namespace \"shop-auth-lab\""
            ),
            &json!([]),
            LabFault::Right,
            "I can't create ingresses (networking.k8s.io) in shop-auth-lab. An administrator adds it to the cluster role `gateway-labs`; `gateway doctor` lists all rights.",
        );
        lasts(
            403,
            &format!(
                "namespaces is forbidden: {user} cannot list resource \"namespaces\" in API group \"\" at the cluster scope"
            ),
            &json!([]),
            LabFault::Right,
            "I can't list namespaces. An administrator adds it to the cluster role `gateway-labs`; `gateway doctor` lists all rights.",
        );
        lasts(403, "no\n", &json!([]), LabFault::Refused, "The cluster refused: \"no\".");
    }

    #[test]
    fn a_policy_of_the_cluster_is_told_in_its_own_words() {
        // REQ-LAB-05, REQ-LAB-10
        for code in [403, 422] {
            lasts(
                code,
                "deployments.apps \"x\" is forbidden: ValidatingAdmissionPolicy 'opencode-gateway-writes' with binding 'opencode-gateway-writes' denied request: the gateway may not write in namespace production: it did not make it",
                &json!([]),
                LabFault::Policy,
                "The cluster refused: \"the gateway may not write in namespace production: it did not make it\".",
            );
        }
    }

    #[test]
    fn who_changed_what_is_named() {
        // REQ-LAB-05
        let cause = json!([{
            "reason": "FieldManagerConflict",
            "message": "conflict with \"kubectl-edit\" using apps/v1",
            "field": ".spec.replicas",
        }]);
        lasts(
            409,
            "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.replicas",
            &cause,
            LabFault::Conflict,
            "Someone else (\"kubectl-edit\") changed `.spec.replicas` of the deployment shop-auth. Take over overwrites that, Retry makes a new lab.",
        );
    }

    #[test]
    fn a_used_up_quota_is_told_with_its_numbers() {
        // REQ-LAB-05
        lasts(
            403,
            "ingresses \"x\" is forbidden: exceeded quota: lab, requested: count/ingresses.networking.k8s.io=1, used: count/ingresses.networking.k8s.io=2, limited: count/ingresses.networking.k8s.io=2",
            &json!([]),
            LabFault::Quota,
            "The lab's quota is used up: count/ingresses.networking.k8s.io 2 of 2.",
        );
    }

    #[test]
    fn what_passes_is_tried_again() {
        // REQ-LAB-04
        let leaving =
            json!([{ "reason": "NamespaceTerminating", "field": "metadata.namespace", "message": "" }]);
        let left = "unable to create new content in namespace x because it is being terminated";
        for (code, message, causes) in [
            (403, left, &leaving),
            (409, "the object has been modified", &json!([])),
            (429, "slow down", &json!([])),
            (503, "etcd is away", &json!([])),
        ] {
            assert!(told(code, message, causes).passes, "{message}");
        }
        let unknown = ".spec.x: field not declared in schema";
        assert!(!told(500, unknown, &json!([])).passes);
        assert!(!told(422, "Too long: may not be more than 1048576 bytes", &json!([])).passes);
    }
}
