//! Every route that changes something is held against the kinds of entries in the audit log (REQ-PROOF-01).

use gateway_domain::{AUDIT_KINDS, is_audit_kind};
use serde_json::Value;

/// Each such route, and the kind of entry that it leaves. A new route is a new line here.
const KINDS: [(&str, &str); 36] = [
    ("delete /api/v1/grants/{id}", "revoked grant"),
    ("delete /api/v1/me/sign-ins/{id}", "sign-in ended"),
    ("post /api/v1/asks/{id}/answer", "answered"),
    ("post /api/v1/asks/{id}/aside", "took aside"),
    ("post /api/v1/asks/{id}/reveal", "shown in full"),
    ("post /api/v1/asks/{id}/review", "reviewed"),
    ("post /api/v1/deliveries/{run}/steer", "delivery paused"),
    ("post /api/v1/links", "made link"),
    ("post /api/v1/me/passkeys", "added passkey"),
    ("post /api/v1/me/passkeys/confirm", "added passkey"),
    ("post /api/v1/me/passkeys/{id}/remove", "removed passkey"),
    ("post /api/v1/projects", "added project"),
    ("post /api/v1/sessions", "started"),
    ("post /api/v1/sessions/{id}/abort", "stopped"),
    ("post /api/v1/sessions/{id}/agent", "chose"),
    ("post /api/v1/sessions/{id}/checks", "ran checks"),
    ("post /api/v1/sessions/{id}/checks/stop", "stopped checks"),
    ("post /api/v1/sessions/{id}/close", "closed"),
    ("post /api/v1/sessions/{id}/deliver", "delivered"),
    ("post /api/v1/sessions/{id}/hand-over", "handed_over"),
    ("post /api/v1/sessions/{id}/hold", "held_writes"),
    ("post /api/v1/sessions/{id}/lab/clean", "removed lab"),
    ("post /api/v1/sessions/{id}/lab/deploy", "deployed"),
    ("post /api/v1/sessions/{id}/lab/take-over", "took over lab"),
    ("post /api/v1/sessions/{id}/messages", "wrote"),
    ("post /api/v1/sessions/{id}/model", "chose"),
    ("post /api/v1/sessions/{id}/pause", "paused"),
    ("post /api/v1/sessions/{id}/rename", "renamed"),
    ("post /api/v1/sessions/{id}/reopen", "reopened"),
    ("post /api/v1/sessions/{id}/resume", "resumed"),
    ("post /api/v1/sessions/{id}/retry", "retried"),
    ("post /api/v1/sign-in", "signed in"),
    ("post /api/v1/sign-in/device/token", "signed in"),
    ("post /api/v1/sign-out", "signed out"),
    ("post /api/v1/workspaces/{name}/remove", "removed workspace"),
    ("put /api/v1/delivery-mode", "delivery switched"),
];

/// What a passkey is to sign; nothing changes until it has.
const CHALLENGES: [&str; 3] = [
    "post /api/v1/asks/{id}/challenge",
    "post /api/v1/me/passkeys/begin",
    "post /api/v1/me/passkeys/{id}/challenge",
];

/// What it begins is nothing before another route ends it.
const BEGINS: [&str; 1] = ["post /api/v1/sign-in/device"];

/// Routes that are not in the document of the API: where they are opened, and who can use them. One that nobody has to be known
/// for is a decision.
const OUTSIDE_THE_DOCUMENT: [(&str, &str, &str); 25] = [
    ("bridge/mod.rs", "BRIDGE_PATH", "pods, by their tokens"),
    ("deliveries/webhook_door.rs", "PATH", "the forge, by its signature"),
    ("lab/kubernetes/files_door.rs", "ROUTE", "a lab's pod, by its cluster's word"),
    ("opencode_ui/mod.rs", "\"/__gw/enter\"", "who comes from the console with a ticket"),
    ("opencode_ui/mod.rs", "\"/__gw/form\"", "who is signed in"),
    ("opencode_ui/mod.rs", "\"/__gw/form.js\"", "who is signed in"),
    ("opencode_ui/mod.rs", "\"/__gw/p.js\"", "who is signed in"),
    ("opencode_ui/mod.rs", "\"/__gw/presence\"", "who is signed in"),
    ("slack/inbound/alert_webhook.rs", "PATH", "Alertmanager, by GATEWAY_ALERTS_TOKEN"),
    ("slack/inbound/http.rs", "PATH", "Slack, by its signature"),
    ("standby/standby_page.rs", "\"/healthz\"", "anyone: probes"),
    ("standby/standby_page.rs", "\"/metrics\"", "as of a gateway that works"),
    ("standby/standby_page.rs", "\"/readyz\"", "anyone: probes"),
    ("web/mod.rs", "\"/\"", "anyone: files of the console, the same for all"),
    ("web/mod.rs", "\"/enter\"", "who has a link, once"),
    ("web/mod.rs", "\"/openapi.json\"", "anyone: the document"),
    ("web/mod.rs", "\"/opencode/enter\"", "who is signed in"),
    ("web/mod.rs", "\"/scalar\"", "anyone: the document, to read"),
    ("web/mod.rs", "\"/{*path}\"", "anyone: files of the console, the same for all"),
    ("web/mod.rs", "access::BACK_CHANNEL", "the sign-in provider, by its signature"),
    ("web/mod.rs", "access::BEGIN", "who wants to sign in"),
    ("web/mod.rs", "access::CALLBACK", "who comes back from the provider, in the browser that began"),
    ("web/mod.rs", "access::GITHUB_BEGIN", "who wants to sign in"),
    ("web/mod.rs", "access::GITHUB_CALLBACK", "who comes back from GitHub, in the browser that began"),
    ("witness/witness_route.rs", "PATH", "anyone who brings a checkpoint that a listed log has signed"),
];

fn changing_routes() -> Vec<String> {
    let text = include_str!("../../docs/openapi.json");
    let document: Value = serde_json::from_str(text).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut routes: Vec<_> = paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
        })
        .filter(|route| ["post ", "put ", "patch ", "delete "].iter().any(|method| route.starts_with(method)))
        .collect();
    routes.sort();
    routes
}

#[test]
fn every_route_that_changes_something_has_a_kind_of_entry() {
    // REQ-PROOF-01
    let mut known: Vec<_> = KINDS.iter().map(|(route, _)| *route).chain(BEGINS).chain(CHALLENGES).collect();
    known.sort_unstable();
    assert_eq!(changing_routes(), known);
    assert!(KINDS.iter().all(|(_, kind)| is_audit_kind(kind)));
}

/// What a file opens, outside of its tests.
fn opened(file: &str, text: &str) -> Vec<(String, String)> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let arguments = code.split(".route(").skip(1).filter_map(|rest| rest.split([',', ')']).next());
    arguments.map(|path| (file.to_owned(), path.trim().to_owned())).collect()
}

#[test]
fn every_route_outside_the_document_is_listed_with_who_can_use_it() {
    // REQ-WHO-01, REQ-PROOF-02: beyond probes and pages only what is signed needs no identity.
    let sources = crate::tidy::sources(&["gateway/src/*.rs"]);
    let rooms = sources.iter().filter_map(|(file, text)| Some((file.strip_prefix("gateway/src/")?, text)));
    let real = rooms.filter(|(file, _)| {
        !["tests.rs", "double.rs", "web/openapi/table.rs"].iter().any(|end| file.ends_with(end))
    });
    let mut found: Vec<_> = real.flat_map(|(file, text)| opened(file, text)).collect();
    found.sort();
    let known: Vec<_> =
        OUTSIDE_THE_DOCUMENT.iter().map(|(file, path, _)| ((*file).to_owned(), (*path).to_owned())).collect();
    assert_eq!(found, known);
}

#[test]
fn the_kinds_stand_in_their_order_and_once() {
    assert!(AUDIT_KINDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
}
