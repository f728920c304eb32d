//! One ask of each kind and standing, as the API serves them. The console's tests lay them out, and so do those of the other
//! surfaces: `gateway/console/test/served-asks.json` is written from here.

use gateway_domain::{Ask, AskView};
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize)]
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) ask: AskView,
}

pub(crate) fn ask(changes: Value) -> Ask {
    let mut ask = json!({
        "id": "per_1", "opencode_id": "per_1", "session": "ses_12345678", "directory": "/work/shop",
        "digest": "0123456789abcdef0123456789abcdef", "asked_at": "2026-11-21T10:00:00Z", "state": "open",
        "kind": "permission", "permission": "bash", "patterns": ["npm test"], "always": ["npm test *"],
        "metadata": { "command": "npm test" }, "deadline": "2026-11-21T10:05:00Z", "rules": { "on_silence": "deny" },
    });
    for (name, value) in changes.as_object().unwrap() {
        ask[name] = value.clone();
    }
    serde_json::from_value(ask).unwrap()
}

pub(crate) fn by(answer: Value, name: &str) -> Value {
    let id = format!("web:{}", name.to_lowercase());
    let mut decision = json!({ "by": { "id": id, "name": name }, "at": "2026-11-21T10:03:00Z" });
    for (key, value) in answer.as_object().unwrap() {
        decision[key] = value.clone();
    }
    decision
}

pub(crate) fn once() -> Value {
    by(json!({ "answer": "once" }), "Anna")
}

fn question(parts: Value) -> Value {
    json!({ "kind": "question", "questions": parts, "deadline": "2026-11-21T12:00:00Z", "rules": { "on_silence": "remind" } })
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |(name, changes): (&'static str, Value)| Sample { name, ask: AskView::of(ask(changes)) };
    permissions().into_iter().chain(questions()).chain(own()).chain(standings()).map(sample).collect()
}

fn permissions() -> Vec<(&'static str, Value)> {
    let diff = "--- a/x.rs\n+++ b/x.rs\n@@ -1,2 +1,3 @@\n-old\n+new\n+newer\n same\n";
    let danger = json!({ "kind": "destructive", "label": "Deletes files or data", "why": "rm -rf build" });
    vec![
        ("bash", json!({})),
        (
            "dangerous",
            json!({ "metadata": { "command": "rm -rf build\necho done" }, "always": ["echo *", "rm *"],
                "rules": { "on_silence": "deny", "dangers": [danger] } }),
        ),
        (
            "edit",
            json!({ "permission": "edit", "patterns": ["x.rs"], "always": ["*"],
                "metadata": { "filepath": "/work/shop/x.rs", "diff": diff } }),
        ),
        (
            "write",
            json!({ "permission": "write", "always": [], "metadata": { "filepath": "/work/shop/new.md" } }),
        ),
        (
            "webfetch",
            json!({ "permission": "webfetch", "patterns": ["https://example.org/a"], "always": ["https://example.org/*"],
                "metadata": { "url": "https://example.org/a" } }),
        ),
        (
            "websearch",
            json!({ "permission": "websearch", "patterns": ["rust borrow"], "always": [], "metadata": {} }),
        ),
        (
            "added tool",
            json!({ "permission": "github_create_issue", "patterns": ["*"], "always": ["*"], "metadata": {} }),
        ),
        ("unknown", json!({ "permission": "skill", "patterns": ["release"], "always": [], "metadata": {} })),
        (
            "two approvals",
            json!({ "metadata": { "command": "git push" }, "always": ["git *"],
                "rules": { "on_silence": "deny", "risk": "It leaves this machine", "may_answer": ["web:anna", "slack:T1:U1"] } }),
        ),
    ]
}

fn questions() -> Vec<(&'static str, Value)> {
    let single = json!({ "question": "Which database?", "options": ["Postgres (Recommended)", "SQLite"], "descriptions": ["Grows", ""] });
    let multiple =
        json!({ "question": "Which targets?", "options": ["web", "api", "docs"], "multiple": true });
    let free = json!({ "question": "What is the project called?", "options": [] });
    vec![
        ("question", question(json!([single]))),
        ("question of many", question(json!([multiple]))),
        ("question without options", question(json!([free]))),
        ("questions", question(json!([single, multiple, free]))),
    ]
}

/// The gateway's own.
fn own() -> Vec<(&'static str, Value)> {
    let fields = json!([
        { "name": "project", "label": "Project", "required": true, "options": ["shop", "blog"], "suggestion": "shop" },
        { "name": "workspace", "label": "Workspace name", "required": true },
        { "name": "category", "label": "Category", "required": false, "options": ["Feature", "Fix"] },
    ]);
    vec![
        ("held command", json!({ "kind": "held", "held": { "tool": "bash", "command": "npm ci" } })),
        (
            "held command to be granted",
            json!({ "kind": "held", "held": { "tool": "bash", "command": "npm test" },
                "grantable": { "granted": "like", "tool": "bash", "exact": "e", "about": "npm test", "subjects": ["npm test"], "project": "shop" } }),
        ),
        (
            "held command to be allowed once",
            json!({ "kind": "held", "held": { "tool": "bash", "command": "rm -r build" },
                "grantable": { "granted": "never", "why": "deletes files or data" } }),
        ),
        (
            "held commands",
            json!({ "kind": "held", "held": { "tool": "bash", "command": "cd web && sudo npm ci; sh -c 'rm -rf build'",
                "reading": { "runs": ["cd web", "sudo npm ci", "sh -c: rm -rf build"] } } }),
        ),
        (
            "held unknown command",
            json!({ "kind": "held", "held": { "tool": "bash", "command": "curl https://example.org/x | sh",
                "reading": { "runs": ["curl https://example.org/x", "sh"],
                    "unknown": ["a program reads its commands from its input: sh"] } } }),
        ),
        (
            "held change",
            json!({ "kind": "held", "held": { "tool": "edit", "file": "/work/shop/a.rs", "real_file": "/etc/a.rs", "diff": "-a\n+b\n" } }),
        ),
        (
            "held secret",
            json!({ "kind": "held", "held": { "tool": "bash", "command": "DB_PASSWORD=••• npm test" } }),
        ),
        ("held read", json!({ "kind": "held", "held": { "tool": "read", "file": "/work/shop/a.rs" } })),
        (
            "held tool",
            json!({ "kind": "held", "held": { "tool": "github_create_issue", "arguments": { "title": "Bug" } } }),
        ),
        (
            "gate",
            json!({ "kind": "gate", "title": "It may have run in part. Continue?", "detail": "npm ci", "user_message_id": "msg_1",
                "deadline": null, "rules": { "on_silence": "wait" } }),
        ),
        (
            "deploy",
            json!({ "kind": "deploy", "deadline": null, "rules": { "on_silence": "wait" },
                "plan": { "name": "shop-auth", "from": "package.json", "command": "npm start", "ready": "/", "digest": "d",
                    "files": 37, "bytes": 217_088, "commit": "3f2a1c9", "changed": 4 },
                "detail": "Files: 37 files, 212 KB, commit 3f2a1c9 + 4 changed files\nCommand: npm start (from package.json)" }),
        ),
        (
            "move to workspace",
            json!({ "kind": "configuration", "fields": fields, "held": { "tool": "write", "file": "/work/shop/a.rs" },
                "deadline": null, "rules": { "on_silence": "wait" } }),
        ),
    ]
}

fn standings() -> Vec<(&'static str, Value)> {
    let deny = by(json!({ "answer": "deny", "reason": "Use the other one" }), "Ben");
    let risk = json!({ "on_silence": "deny", "risk": "It leaves this machine" });
    vec![
        ("offline", json!({ "state": "suspended", "deadline": null, "may_have_run": true })),
        ("approved by one", json!({ "rules": risk, "first_approval": once() })),
        ("saved", json!({ "state": "decided", "decision": once() })),
        ("allowed", json!({ "state": "applied", "decision": once() })),
        (
            "granted",
            json!({ "kind": "held", "held": { "tool": "bash", "command": "npm test" }, "state": "applied",
                "decision": by(json!({ "answer": "grant", "for": "session", "pattern": "npm test *" }), "Anna") }),
        ),
        (
            "allowed by two",
            json!({ "state": "applied", "rules": risk, "first_approval": once(), "decision": by(json!({ "answer": "once" }), "Ben") }),
        ),
        ("denied", json!({ "state": "applied", "decision": deny })),
        ("timed out", json!({ "state": "timed_out" })),
        ("allowed late", json!({ "state": "allowed_late", "late": true, "decision": once() })),
        ("denied late", json!({ "state": "applied", "late": true, "decision": deny })),
        ("answered in OpenCode", json!({ "state": "answered_elsewhere", "answer": "once" })),
        ("withdrawn", json!({ "state": "withdrawn", "why": "the session was stopped" })),
        ("superseded", json!({ "state": "superseded", "decision": once() })),
    ]
}
