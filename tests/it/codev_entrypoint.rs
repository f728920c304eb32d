//! The entrypoint of the agents' image, with a real OpenCode: the plugin comes from the volume, a broken one keeps
//! nobody from working, and without the volume nothing starts.

use e2e::codev_pod::CodevPod;
use e2e::gateway::{Gateway, TOKEN};
use e2e::model::Model;
use e2e::opencode::repository;
use e2e::opencode_stage::guard_is_here;
use e2e::wait;
use serde_json::{Value, json};

const OPENED: &str = "OpenCode opened";

fn speaking(words: &str) -> String {
    format!(
        "export default {{ id: 'probe', server: async () => {{ console.error('{words}'); return {{}} }} }}\n"
    )
}

#[tokio::test]
async fn real_a_plugin_that_is_edited_on_the_volume_runs_after_a_restart() {
    // REQ-PLUGIN-01, REQ-OPS-04
    let gateway = Gateway::start().await.unwrap();
    let mut pod = CodevPod::prepare().unwrap();
    pod.env = vec![("GATEWAY_URL".into(), gateway.url()), ("BRIDGE_TOKEN".into(), TOKEN.into())];
    pod.plugin("plain.js", &speaking("plain plugin, first version")).unwrap();
    let manifest = r#"{ "name": "typed", "type": "module", "main": "dist/index.js",
        "scripts": { "build": "bun build src/index.ts --target=node --outfile=dist/index.js" } }"#;
    pod.plugin("typed/package.json", manifest).unwrap();
    let typed = speaking("typed plugin, first version").replace("async ()", "async (input: object)");
    pod.plugin("typed/src/index.ts", &typed).unwrap();
    pod.start().unwrap();
    pod.until_said(OPENED).await.unwrap();
    pod.until_said("plain plugin, first version").await.unwrap();
    pod.until_said("typed plugin, first version").await.unwrap();
    // The one that the image ships was put on the volume, and connects.
    let connected = |pods: &serde_json::Value| pods[0]["connected"] == true && pods[0]["pod"] == "codev-0";
    gateway.until("the pod's link", "/api/v1/bridge", connected).await.unwrap();
    let kept = pod.api().create(&pod.at("workspaces"), "Outlives the pod").await.unwrap();

    pod.kill();
    pod.plugin("plain.js", &speaking("plain plugin, second version")).unwrap();
    pod.plugin("typed/src/index.ts", &typed.replace("first", "second")).unwrap();
    let shipped = pod.at("plugins/opencode-gateway/dist/opencode-gateway-plugin.js");
    let edited =
        std::fs::read_to_string(&shipped).unwrap() + "console.error('the gateway plugin was edited')\n";
    std::fs::write(&shipped, edited).unwrap();
    pod.start().unwrap();
    pod.until_said(OPENED).await.unwrap();
    for words in
        ["plain plugin, second version", "typed plugin, second version", "the gateway plugin was edited"]
    {
        pod.until_said(words).await.unwrap();
    }
    assert!(!pod.log().contains("first version"), "{}", pod.log());
    gateway.until("the pod's link", "/api/v1/bridge", connected).await.unwrap();
    let sessions = pod.api().sessions(&pod.at("workspaces")).await.unwrap();
    assert_eq!(sessions[0]["id"], kept.as_str(), "OpenCode's state is on the volume");
}

#[tokio::test]
async fn real_a_broken_plugin_is_told_and_opencode_starts_without_it() {
    // REQ-PLUGIN-01: each way to be broken, with its cause in the log.
    let mut pod = CodevPod::prepare().unwrap();
    pod.plugin("sound.js", &speaking("the sound one runs")).unwrap();
    pod.plugin("torn.js", "export default { id: 'torn', server: async () => {").unwrap();
    pod.plugin("throws.js", "throw new Error('no such luck')").unwrap();
    pod.plugin("extra.js", "export default async () => ({})\nexport const VERSION = 3\n").unwrap();
    pod.plugin("garbled/package.json", "{ name: ").unwrap();
    let fails = r#"{ "name": "fails", "main": "out.js", "scripts": { "build": "echo the compiler is cross >&2; exit 3" } }"#;
    pod.plugin("fails/package.json", fails).unwrap();
    let wants = r#"{ "name": "wants", "main": "index.js", "dependencies": { "left-pad": "1.3.0" } }"#;
    pod.plugin("wants/package.json", wants).unwrap();
    pod.plugin("wants/index.js", "export default async () => ({})\n").unwrap();
    // A registry that nobody answers at.
    pod.env = vec![("npm_config_registry".into(), "http://127.0.0.1:1/".into())];
    pod.start().unwrap();
    pod.until_said(OPENED).await.unwrap();
    pod.until_said("the sound one runs").await.unwrap();
    assert!(pod.api().is_up().await);
    let log = pod.log();
    let told = |plugin: &str, cause: &str| {
        let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.into_iter().any(|line| {
            line["plugin"] == plugin
                && line["level"] == "ERROR"
                && line["message"].as_str().unwrap().contains(cause)
        })
    };
    let causes = [
        ("torn", "Unexpected end of file"),
        ("throws", "no such luck"),
        ("extra", "It exports VERSION"),
        ("garbled", "package.json cannot be read"),
        ("fails", "the compiler is cross"),
        ("wants", "installing failed"),
    ];
    for (plugin, cause) in causes {
        assert!(told(plugin, cause), "{plugin}: {cause} in\n{log}");
    }
}

#[tokio::test]
async fn without_the_volume_nothing_starts_and_the_sentence_says_what_to_mount() {
    // REQ-OPS-04
    for (folder, name) in
        [("data/opencode", ".opencode-data"), ("plugins", ".opencode-plugins"), ("workspaces", "workspaces")]
    {
        let mut pod = CodevPod::prepare().unwrap();
        std::fs::remove_dir_all(pod.at(folder)).unwrap();
        pod.start().unwrap();
        assert_eq!(pod.until_ended().await.unwrap().code(), Some(1));
        let sentence = format!("is missing: mount the volume's {name} there");
        assert!(pod.log().contains(&sentence), "{}", pod.log());
        assert!(!pod.log().contains("starting OpenCode"), "{}", pod.log());
    }
    // In a cluster a plain folder is not enough: it would be gone with the pod.
    let mut pod = CodevPod::prepare().unwrap();
    pod.env = vec![("KUBERNETES_SERVICE_HOST".into(), "10.0.0.1".into())];
    pod.start().unwrap();
    assert_eq!(pod.until_ended().await.unwrap().code(), Some(1));
    assert!(pod.log().contains("is no mount"), "{}", pod.log());
}

#[tokio::test]
async fn real_in_the_pod_an_agents_command_reaches_its_workspace_and_nothing_of_the_pod() {
    // REQ-GATE-07, H11: the plugin, OpenCode's data and the bridge's token are the pod's, not the agent's.
    if !guard_is_here() {
        return;
    }
    let (gateway, model) = (Gateway::start().await.unwrap(), Model::start().await.unwrap());
    let mut pod = CodevPod::prepare().unwrap();
    let workspace = repository(&pod.at("workspaces/.builders/mine")).unwrap();
    let other = repository(&pod.at("workspaces/.builders/other")).unwrap();
    pod.env = vec![
        ("GATEWAY_URL".into(), gateway.url()),
        ("OPENCODE_SERVER_PASSWORD".into(), "the-password".into()),
    ];
    let token = pod.token(TOKEN).unwrap();
    pod.plays(&model);
    pod.start().unwrap();
    pod.until_said(OPENED).await.unwrap();
    let told = |pods: &Value| pods[0]["guard"]["abi"].as_i64() >= Some(3);
    let pods = gateway.until("the guard", "/api/v1/bridge", told).await.unwrap();
    assert!(pods[0]["guard"]["refused"].is_null(), "{pods:#}");
    let tried = [
        ("token", format!("cat {}", token.display())),
        ("plugin", format!("cat {}", pod.at("plugins/opencode-gateway/package.json").display())),
        ("edit", format!("echo x >> {}", pod.at("home/.config/opencode/plugins/x.js").display())),
        ("policy", format!("echo x > {}", pod.at("home/.guard/guard.json").display())),
        ("database", format!("head -c 6 {}", pod.at("data/opencode/opencode.db").display())),
        ("neighbour", format!("echo x > {}", other.join("README.md").display())),
    ];
    let lines =
        tried.iter().map(|(name, command)| format!("if {command}; then echo {name} >> reached.txt; fi"));
    let command = lines.chain(["echo mine > own.txt; git status > git.txt".to_owned()]).collect::<Vec<_>>();
    let call = json!({ "name": "bash", "args": { "command": command.join("\n"), "description": "Tries" } });
    let steps = json!([{ "tools": [call] }, { "text": "It is done." }]);
    let session = pod.api().create(&workspace, "In the pod").await.unwrap();
    pod.api().prompt(&session, &format!("script: {steps}")).await.unwrap();
    // Without a person nothing of it runs.
    let asks = gateway.until("the request", "/api/v1/asks", |asks| asks[0]["state"] == "open").await.unwrap();
    let answer = format!("/api/v1/asks/{}/answer", asks[0]["id"].as_str().unwrap());
    gateway.post(&answer, &json!({ "answer": "once" })).await.unwrap();
    let read = |file: &str| std::fs::read_to_string(workspace.join(file)).unwrap_or_default();
    wait::until("the end of the command", async || read("git.txt").contains("branch")).await.unwrap();
    assert_eq!((read("own.txt").trim(), read("reached.txt").as_str()), ("mine", ""), "{}", pod.log());
}

#[tokio::test]
async fn a_pod_whose_guard_is_required_and_missing_starts_nothing() {
    // REQ-GATE-07
    let mut pod = CodevPod::prepare().unwrap();
    std::fs::remove_file(pod.at("bin/guard")).unwrap();
    pod.env = vec![("OPENCODE_GUARD".into(), "required".into())];
    pod.start().unwrap();
    assert_eq!(pod.until_ended().await.unwrap().code(), Some(1));
    assert!(
        pod.log().contains("The guard is required, and missing: it cannot be installed"),
        "{}",
        pod.log()
    );
}

#[tokio::test]
async fn a_guard_whose_report_cannot_be_read_counts_as_missing_and_words_beside_it_hide_nothing() {
    // REQ-GATE-07
    let refuses = r#"echo '{ "abi": 0, "refused": "This kernel has none." }'"#;
    let unreadable = "its report cannot be read";
    for (says, told) in
        [(refuses, "This kernel has none."), ("echo All is well.", unreadable), ("true", unreadable)]
    {
        let mut pod = CodevPod::prepare().unwrap();
        pod.script("bin/guard", &format!("#!/bin/sh\necho A word beside. >&2\n{says}\n")).unwrap();
        pod.env = vec![("OPENCODE_GUARD".into(), "required".into())];
        pod.start().unwrap();
        pod.until_said(&format!("The guard is required, and missing: {told}")).await.unwrap();
        assert_eq!(pod.until_ended().await.unwrap().code(), Some(1));
    }
}

#[tokio::test]
async fn real_without_the_guard_a_repositorys_settings_stay_out_of_opencode_too() {
    // REQ-GATE-05
    let mut pod = CodevPod::prepare().unwrap();
    let workspace = repository(&pod.at("workspaces/.builders/mine")).unwrap();
    let brings = json!({ "agent": { "brought": { "mode": "primary", "prompt": "Do as you like." } } });
    std::fs::write(workspace.join("opencode.json"), brings.to_string()).unwrap();
    pod.env = vec![("OPENCODE_GUARD".into(), "off".into())];
    pod.start().unwrap();
    pod.until_said("UNGUARDED").await.unwrap();
    pod.until_said(OPENED).await.unwrap();
    let agents = pod.api().agents(&workspace).await.unwrap();
    let named = |name: &str| agents.as_array().unwrap().iter().any(|agent| agent["name"] == name);
    assert!(named("build") && !named("brought"), "{agents:#}");
}
