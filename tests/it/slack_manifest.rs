//! The app's manifest gives exactly what the gateway uses: a scope for every call, an event for everything it reads.

use serde_yaml::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The scopes that Slack wants for a method. None needs no scope.
fn scopes(method: &str) -> Option<&'static [&'static str]> {
    Some(match method {
        "auth.test"
        | "apps.connections.open"
        | "views.open"
        | "views.update"
        | "views.publish"
        | "chat.getPermalink" => &[],
        "chat.postMessage"
        | "chat.postEphemeral"
        | "chat.update"
        | "chat.delete"
        | "chat.startStream"
        | "chat.appendStream"
        | "chat.stopStream"
        | "assistant.threads.setStatus" => &["chat:write"],
        "conversations.open" => &["im:write"],
        "conversations.replies" | "conversations.history" => {
            &["channels:history", "groups:history", "im:history", "mpim:history"]
        }
        "files.getUploadURLExternal" | "files.completeUploadExternal" => &["files:write"],
        "files.info" => &["files:read"],
        "reactions.add" | "reactions.remove" => &["reactions:write"],
        "users.info" => &["users:read"],
        _ => return None,
    })
}

/// What the manifest gives for deliveries rather than for calls.
const FOR_DELIVERIES: [&str; 3] = ["app_mentions:read", "commands", "files:read"];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn manifest() -> Value {
    serde_yaml::from_str(&std::fs::read_to_string(root().join("slack-app-manifest.yaml")).unwrap()).unwrap()
}

fn words(value: &Value) -> BTreeSet<String> {
    value.as_sequence().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// Quoted words of the room's sources that look like a method: `family.verb`.
fn methods() -> BTreeSet<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--", "gateway/src/slack"])
        .current_dir(root())
        .output()
        .unwrap();
    let files = String::from_utf8(listed.stdout).unwrap();
    // The client's own list says how methods are called, and its tests call any.
    let sources = files.lines().filter(|file| !file.contains("/client/"));
    let families = [
        "apps.",
        "assistant.",
        "auth.",
        "chat.",
        "conversations.",
        "files.",
        "reactions.",
        "users.",
        "views.",
    ];
    let mut found = BTreeSet::new();
    for text in sources.map(|file| std::fs::read_to_string(root().join(file)).unwrap()) {
        let quoted = text.split('"').filter(|word| families.iter().any(|family| word.starts_with(family)));
        let plain = |word: &&str| {
            !word.ends_with(".com") && word.chars().all(|c| c.is_ascii_alphabetic() || c == '.')
        };
        found.extend(quoted.filter(plain).map(str::to_owned));
    }
    found
}

#[test]
fn the_manifest_has_a_scope_for_every_call_and_none_too_many() {
    // REQ-SLACK-06
    let given = words(&manifest()["oauth_config"]["scopes"]["bot"]);
    let used = methods();
    assert!(
        used.contains("views.open") && used.contains("chat.postMessage"),
        "the search finds calls: {used:?}"
    );
    let mut needed: BTreeSet<String> = FOR_DELIVERIES.iter().map(|scope| (*scope).to_owned()).collect();
    for method in &used {
        let scopes = scopes(method).unwrap_or_else(|| panic!("say which scopes {method} needs"));
        needed.extend(scopes.iter().map(|scope| (*scope).to_owned()));
    }
    // Uploads of long output: named here even while the last of their calls is on its way.
    needed.insert("files:write".to_owned());
    assert_eq!(given, needed);
}

#[test]
fn the_manifest_has_the_events_the_command_and_the_shortcuts() {
    // REQ-SLACK-06, REQ-START-06, REQ-START-07
    let manifest = manifest();
    let events = words(&manifest["settings"]["event_subscriptions"]["bot_events"]);
    for event in [
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "tokens_revoked",
    ] {
        assert!(events.contains(event), "{event}");
    }
    assert_eq!(events.len(), 8, "nothing is subscribed that nobody reads");
    assert_eq!(manifest["features"]["slash_commands"][0]["command"], "/opencode");
    assert_eq!(manifest["features"]["shortcuts"].as_sequence().unwrap().len(), 2);
    assert_eq!(manifest["settings"]["socket_mode_enabled"], true);
    assert_eq!(manifest["settings"]["interactivity"]["is_enabled"], true);
    assert_eq!(manifest["features"]["app_home"]["home_tab_enabled"], true);
}
