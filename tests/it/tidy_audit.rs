//! Every route that changes something is held against the kinds of entries in the audit log (REQ-PROOF-01).

use gateway_domain::{AUDIT_KINDS, is_audit_kind};
use serde_json::Value;

/// Each such route, and the kind of entry that it leaves. A new route is a new line here.
const KINDS: [(&str, &str); 33] = [
    ("delete /api/v1/grants/{id}", "revoked grant"),
    ("delete /api/v1/me/sign-ins/{id}", "sign-in ended"),
    ("post /api/v1/asks/{id}/answer", "answered"),
    ("post /api/v1/asks/{id}/aside", "took aside"),
    ("post /api/v1/asks/{id}/reveal", "shown in full"),
    ("post /api/v1/asks/{id}/review", "reviewed"),
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
];

/// What a passkey is to sign; nothing changes until it has.
const CHALLENGES: [&str; 3] = [
    "post /api/v1/asks/{id}/challenge",
    "post /api/v1/me/passkeys/begin",
    "post /api/v1/me/passkeys/{id}/challenge",
];

/// What it begins is nothing before another route ends it.
const BEGINS: [&str; 1] = ["post /api/v1/sign-in/device"];

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

#[test]
fn the_kinds_stand_in_their_order_and_once() {
    assert!(AUDIT_KINDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
}
