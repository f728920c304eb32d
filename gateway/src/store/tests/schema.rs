//! The JSON Schema in the state folder says what the records really look like.

use crate::store::records::yaml;
use gateway_domain::SessionRecord;
use serde_json::{Value, json};

const SCHEMA_FILE: &str = ".session-state/schema/session-state.schema.json";
const SCHEMA: &str = include_str!("../../../../.session-state/schema/session-state.schema.json");

/// One of each kind.
fn asks() -> Value {
    let answered = json!({
        "id": "ask_1", "opencode_id": "per_1", "session": "ses_12345678", "directory": "/work/app",
        "tool": {"message_id": "msg_1", "call_id": "call_1"}, "kind": "permission", "permission": "bash",
        "patterns": ["cargo test"], "always": ["cargo *"], "metadata": {"command": "cargo test\n# then\n"},
        "digest": "d", "asked_at": "2026-03-09T10:00:00Z", "state": "decided",
        "decision": {"answer": "deny", "reason": "not now", "by": {"id": "api:anna", "name": "Anna"}, "at": "2026-03-09T10:00:05Z"},
    });
    let open = json!({
        "id": "ask_2", "opencode_id": "que_1", "session": "ses_12345678", "directory": "/work/app", "kind": "question",
        "questions": [{"question": "Which?", "options": ["This (recommended)", "*that & more"]}],
        "digest": "d", "asked_at": "2026-03-09T10:00:00Z", "deadline": "2026-03-09T11:00:00Z", "state": "open",
    });
    let (at, anna) = ("2026-03-09T10:00:00Z", json!({"id": "api:anna", "name": "Anna"}));
    let held = json!({
        "tool": "write", "file": "a.rs", "real_file": "b.rs", "command": "x", "arguments": {"n": 1}, "diff": "+x\n",
        "reading": {"runs": ["x"], "left_out": 1, "unknown": ["y"]},
    });
    let common = |id: &str| json!({"id": id, "opencode_id": id, "session": "ses_12345678", "directory": "/work", "digest": "d", "asked_at": at});
    let with = |id: &str, more: Value| {
        let mut ask = common(id);
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ask
    };
    let approval = json!({"answer": "once", "by": anna, "at": at, "proof": "account", "because": "x", "broke_glass": true});
    let rules = json!({
        "may_answer": ["api:anna"], "risk": "deletes", "proof": "account", "demand": {"rules": ["shop@1"], "by": [], "people": 2}, "on_silence": "remind", "reminders": 2,
        "backup": {"from": at, "people": ["api:bob"], "told": true},
    });
    let holding = with(
        "ask_3",
        json!({
            "kind": "held", "held": held, "state": "withdrawn", "why": "gone", "rules": rules, "first_approval": approval, "more_approvals": [approval],
            "review": {"due": at, "told": true, "done": {"by": anna, "at": at, "words": "It was right."}},
            "aside": {"by": "Anna", "at": at, "place": "here"},
            "grantable": {"granted": "like", "tool": "bash", "exact": "e", "about": "x", "subjects": ["x"], "project": "shop"},
        }),
    );
    let granted = json!({"answer": "grant", "for": "session", "pattern": "x *", "by": anna, "at": at});
    let once = with(
        "ask_6",
        json!({
            "kind": "held", "held": held, "state": "applied", "decision": granted, "grantable": {"granted": "never", "why": "it deletes"},
        }),
    );
    let gate = with(
        "ask_4",
        json!({
            "kind": "gate", "title": "Go on?", "detail": "d", "user_message_id": "msg_1", "state": "answered_elsewhere",
            "answer": "once", "may_have_run": true, "ran_before": {"at": at, "by": "Anna"}, "warned": true, "passed": true,
            "completed": true, "late": true,
        }),
    );
    let configured = json!({"answer": "configured", "values": {"project": "shop"}, "by": anna, "at": at});
    let configuration = with(
        "ask_5",
        json!({
            "kind": "configuration", "held": held, "state": "decided", "decision": configured,
            "fields": [{"name": "project", "label": "Project", "required": true, "options": ["shop"], "multiple": true, "suggestion": "shop"}],
        }),
    );
    let deploy = with("ask_7", json!({ "kind": "deploy", "plan": plan(), "detail": "d", "state": "open" }));
    json!([answered, open, holding, gate, configuration, once, deploy])
}

fn plan() -> Value {
    json!({
        "name": "shop", "from": "package.json", "command": "npm start", "directory": "web", "port": 3000, "ready": "/",
        "environment": {"A": "b"}, "image": "node:22", "digest": "d", "files": 1, "bytes": 2, "commit": "3f2a1c9",
        "changed": 1, "left_out": [".env"], "unguarded": true,
    })
}

fn checks() -> Value {
    let at = "2026-03-09T10:00:00Z";
    let work = json!({"does": "run", "command": "npm test", "report": "out.xml"});
    let unit = json!({"name": "unit", "kind": "unit", "work": work, "limit_seconds": 60, "found_in": "package.json", "script": "x"});
    let work = json!({"does": "fetch", "url": "/healthz", "status": 200, "text": "ok"});
    let health = json!({"name": "health", "kind": "acceptance", "work": work, "limit_seconds": 60});
    let report =
        json!({"format": "TAP", "passed": 1, "failed": 1, "skipped": 1, "failures": ["a"], "took_ms": 5});
    let code = json!({"commit": "00", "tree": "01", "uncommitted": true, "changed_meanwhile": true});
    let output = json!({"name": "output.txt", "mime": "text/plain", "digest": "00", "size": 3});
    let end = json!({
        "verdict": "failed", "report": report, "exit_code": 1, "took_ms": 5, "why": "x", "digest": "00", "printed_bytes": 3, "tail": "x", "code": code,
        "output": output,
    });
    json!([
        {"id": "chk_1", "batch": "chk_0", "spec": unit, "by": "Anna", "wanted_at": at, "started_at": at, "ended_at": at, "end": end, "stopped_by": "Bob"},
        {"id": "chk_2", "batch": "chk_0", "spec": health, "by": "Anna", "wanted_at": at},
    ])
}

fn record() -> SessionRecord {
    let command = json!({
        "request_id": "req_1", "ask": "ask_1", "in_doubt": true,
        "command": {"command": "resume", "session": "ses_12345678", "user_message_id": "msg_0"},
    });
    let (at, anna) = ("2026-03-09T10:00:00Z", json!({"id": "api:anna", "name": "Anna"}));
    let model = json!({"provider": "p", "model": "m"});
    let suggested = json!({
        "agent": "builder", "confidence": 0.8, "because": ["implement"],
        "model": {"provider": "p", "model": "m", "because": "b"},
    });
    let whole = json!({
        "schema": 1, "session": "ses_12345678", "pod": "pod-a", "pod_credential": "shared", "outbox": [command], "counter": 3, "grants_over": 2, "resumed": true,
        "turn": "msg_0", "asks": asks(), "working": true, "active_at": at, "failed": {"at": at, "why": "Model not found."},
        "about": {
            "sort": "work", "title": "Login", "directory": "/work", "project": "shop", "owner": anna, "started_at": at,
            "agent": "build", "model": "m", "category": "fix", "priority": "high",
            "chosen": {"agent": "pm", "model": model}, "holds_writes": true, "thread_wanted": "#shop",
            "routing": {"suggested": suggested, "agent": "pm", "model": model},
            "workspace": {"name": "shop-login", "branch": "gateway/shop-login", "repositories": ["web"]},
        },
        "paused": {"by": "Anna", "at": at, "cut": true}, "ended": {"how": "completed", "by": "Anna", "at": at},
        "queue": [{
            "message_id": "msg_2", "by": anna, "at": at, "text": "and then",
            "files": [{"name": "a.txt", "mime": "text/plain", "digest": "00", "size": 3}], "agent": "build",
            "model": {"provider": "p", "model": "m"},
        }],
        "authors": [{"message_id": "msg_2", "name": "Anna"}], "writers": ["api:anna"], "unknown_writer": true,
        "milestones": [{"id": "m_1", "at": at, "sort": "phase", "description": "Planned", "details": "all"}],
        "notes": [{"key": "n_1", "order": "0001", "at": at, "tone": "good", "text": "Back again", "details": "trace", "ask": "ask_2"}],
        "lab": {
            "attempt": "lab1", "by": anna, "wanted_at": at, "begun_at": at, "state": "waiting", "since": at, "again": true,
            "why": "w", "plan": plan(), "note": "n_1", "ends_at": at, "warned": true, "allowed": ["d"],
        },
        "configuration": {"project": "shop"}, "held_beside": ["hold_2"],
        "moving": {"by": anna, "from": "/work", "stopped": true}, "checks": checks(),
        "check_wishes": [{"id": "wish_1", "checks": ["chk_1"], "told": true}],
    });
    serde_json::from_value(whole).unwrap()
}

/// What a tool sees that reads the file as YAML.
fn as_written(record: &SessionRecord) -> Value {
    let text = yaml::render(record, 42, &serde_yaml::Mapping::new()).unwrap();
    assert_eq!(yaml::read::<SessionRecord>(text.as_bytes(), &record.session).unwrap().record, *record);
    serde_yaml::from_str(&text).unwrap()
}

/// What the schema says of a value, with every branch that may apply.
fn parts<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let referred = schema["$ref"].as_str().and_then(|name| root.pointer(name.strip_prefix('#')?));
    let lists = ["allOf", "anyOf"].into_iter().filter_map(|name| schema[name].as_array()).flatten();
    let branches = ["then", "else"].into_iter().map(|name| &schema[name]).filter(|branch| !branch.is_null());
    let inner = referred.into_iter().chain(lists).chain(branches).flat_map(|inner| parts(root, inner));
    std::iter::once(schema).chain(inner).collect()
}

/// Fields and words that the schema does not know.
fn unknown(root: &Value, schemas: &[&Value], value: &Value, path: &str, found: &mut Vec<String>) {
    let all: Vec<_> = schemas.iter().flat_map(|schema| parts(root, schema)).collect();
    let words: Vec<_> = all.iter().filter_map(|schema| schema["enum"].as_array()).flatten().collect();
    if !words.is_empty() && !words.contains(&value) {
        found.push(format!("{path}: {value}"));
    }
    for item in value.as_array().into_iter().flatten() {
        let items: Vec<_> = all.iter().map(|schema| &schema["items"]).collect();
        unknown(root, &items, item, &format!("{path}[]"), found);
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        let told: Vec<_> = all.iter().filter_map(|schema| schema["properties"].get(name)).collect();
        let free = all.iter().any(|schema| !schema["additionalProperties"].is_null());
        match told.is_empty() {
            true if free || path.ends_with("/metadata") || path.ends_with("/command") => {}
            true => found.push(format!("{path}/{name}")),
            false => unknown(root, &told, inner, &format!("{path}/{name}"), found),
        }
    }
}

#[test]
fn the_schema_knows_every_field_that_is_written() {
    // REQ-STATE-01
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for record in [SessionRecord::new("ses_12345678", "pod-a"), record()] {
        let (written, mut found) = (as_written(&record), vec![]);
        unknown(&schema, &[&schema], &written, "", &mut found);
        assert_eq!(found, [""; 0], "describe them in {SCHEMA_FILE}");
        for required in schema["required"].as_array().unwrap() {
            assert!(!written[required.as_str().unwrap()].is_null(), "{required} is not always there");
        }
    }
    let (mut odd, mut found) = (as_written(&record()), vec![]);
    odd["asks"][0]["state"] = json!("perhaps");
    odd["asks"][1]["colour"] = json!("red");
    unknown(&schema, &[&schema], &odd, "", &mut found);
    assert_eq!(found, ["/asks[]/state: \"perhaps\"", "/asks[]/colour"]);
}
