//! The audit log for other tools: as a table (CSV), as JSON lines, or as OCSF events, which security tools read.

use super::output;
use clap::ValueEnum;
use gateway_domain::{AuditKind, ChainedEntry};
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ExportFormat {
    /// A table for spreadsheets
    Csv,
    /// An object a line, as it is in the log
    Jsonl,
    /// An event of the Open Cybersecurity Schema Framework a line
    Ocsf,
}

const COLUMNS: [&str; 15] = [
    "number", "at", "who", "human", "proof", "what", "answer", "subject", "reason", "rule", "title",
    "session", "ask", "digest", "hash",
];

/// The version of the schema that the events have.
const SCHEMA: &str = "1.3.0";
/// Classes of the schema: what came in over an interface, and who came in.
const API_ACTIVITY: u32 = 6003;
const AUTHENTICATION: u32 = 3002;
/// An activity that the schema has no number for; it has a name instead.
const OTHER: u32 = 99;

pub(super) fn export(entries: &[ChainedEntry], format: ExportFormat) -> anyhow::Result<()> {
    match format {
        ExportFormat::Csv => output::piece(&csv(entries)?)?,
        ExportFormat::Jsonl => entries.iter().try_for_each(output::json)?,
        ExportFormat::Ocsf => entries.iter().map(event).try_for_each(|event| output::json(&event))?,
    }
    Ok(())
}

fn csv(entries: &[ChainedEntry]) -> serde_json::Result<String> {
    let mut text = COLUMNS.join(",") + "\n";
    for entry in entries {
        let fields = serde_json::to_value(entry)?;
        let cells: Vec<_> = COLUMNS.iter().map(|column| cell(&fields[*column])).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    Ok(text)
}

/// A spreadsheet would run a text that begins like a formula: what an agent wrote is never run.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    let text = no_formula(&text);
    match text.contains(['"', ',', ';', '\t', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// What makes a formula of a cell, in full-width letters too.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// A quote keeps it a text: at the beginning, and behind what parts cells where people write commas in numbers. There a spreadsheet
/// takes `;` for the end of a cell, and quotes in the middle of one for nothing special.
fn no_formula(text: &str) -> String {
    let (mut safe, mut begins) = (String::with_capacity(text.len() + 1), true);
    for letter in text.chars() {
        if begins && FORMULA.contains(&letter) {
            safe.push('\'');
        }
        begins =
            matches!(letter, ';' | '\t' | '\r' | '\n') || begins && (letter == '"' || letter.is_whitespace());
        safe.push(letter);
    }
    match text.starts_with(['\t', '\r', '\n']) {
        true => format!("'{safe}"),
        false => safe,
    }
}

/// What a security tool reads of an entry. Everything that the schema has no place for is under `unmapped`.
fn event(link: &ChainedEntry) -> Value {
    let ChainedEntry { number, entry, previous, hash } = link;
    let told = &entry.told;
    let kind = AuditKind::of(&entry.what, &entry.who);
    let (class, activity) = class(&entry.what);
    let (severity, status) = match kind {
        AuditKind::Alarm => (5, 2),
        AuditKind::Refusal => (3, 2),
        AuditKind::Decision | AuditKind::Rule | AuditKind::Other => (1, 1),
    };
    let user =
        json!({ "uid": entry.who, "name": if told.human.is_empty() { &entry.who } else { &told.human } });
    let surface = entry.who.split(':').next().unwrap_or_default();
    let mut event = json!({
        "category_uid": class / 1000,
        "class_uid": class,
        "activity_id": activity,
        "type_uid": class * 100 + activity,
        "time": entry.at.as_millisecond(),
        "severity_id": severity,
        "status_id": status,
        "message": if told.subject.is_empty() { entry.what.clone() } else { format!("{}: {}", entry.what, told.subject) },
        "actor": { "user": user },
        "src_endpoint": { "name": surface },
        "metadata": {
            "version": SCHEMA, "uid": number.to_string(), "log_name": "audit",
            "product": { "name": "opencode-gateway", "vendor_name": "opencode-gateway", "version": env!("CARGO_PKG_VERSION") },
        },
        "unmapped": {
            "ask": entry.ask, "digest": entry.digest, "answer": entry.answer, "reason": told.reason, "rule": told.rule,
            "always": told.always, "proof": told.proof, "is_signed_by_a_passkey": told.signed.is_some(),
            "previous": previous, "hash": hash,
        },
    });
    let service = json!({ "name": "opencode-gateway" });
    match class {
        AUTHENTICATION => (event["user"], event["service"]) = (user, service),
        _ => event["api"] = json!({ "operation": entry.what, "service": service }),
    }
    if activity == OTHER {
        event["activity_name"] = json!(entry.what);
    }
    if !entry.session.is_empty() && class != AUTHENTICATION {
        event["resources"] = json!([{ "uid": entry.session, "name": told.title, "type": "session" }]);
    }
    event
}

/// The class and the activity in it: of sign-ins, on and off; of everything else, another one.
fn class(what: &str) -> (u32, u32) {
    match what {
        "signed in" | "sign-in refused" => (AUTHENTICATION, 1),
        "signed out" | "sign-in ended" => (AUTHENTICATION, 2),
        _ => (API_ACTIVITY, OTHER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::{AuditEntry, chain};

    fn entry(what: &str, who: &str, subject: &str) -> ChainedEntry {
        let entry = json!({
            "at": "2026-11-21T10:05:00Z", "who": who, "what": what, "session": "ses_1", "ask": "per_1", "digest": "d",
            "answer": "", "subject": subject, "title": "Fix the login",
        });
        chain(None, serde_json::from_value::<AuditEntry>(entry).unwrap())
    }

    #[test]
    fn a_table_has_a_row_an_entry_and_runs_nothing() {
        // REQ-PROOF-01
        let table = csv(&[
            entry("wrote", "web:anna", "=HYPERLINK(\"http://evil.test\")"),
            entry("stopped", "web:b,en", "a\nb"),
        ]);
        let table = table.unwrap();
        assert!(table.starts_with("number,at,who,human,proof,what,"), "{table}");
        assert!(table.contains("\"'=HYPERLINK(\"\"http://evil.test\"\")\""), "{table}");
        assert!(table.contains("\"web:b,en\""), "{table}");
    }

    #[test]
    fn a_cell_is_no_formula_in_any_country() {
        // REQ-PROOF-01: where `;` parts cells, the second cell of `x;=1+1` was a formula, quoted or not.
        for (text, cell_of_it) in [
            ("x;=1+1", "\"x;'=1+1\""),
            ("x; \"@SUM(1)", "\"x; \"\"'@SUM(1)\""),
            ("a\n-2", "\"a\n'-2\""),
            ("\t=1", "\"'\t'=1\""),
            (" +1", " '+1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("git push --force", "git push --force"),
            ("a, =b", "\"a, =b\""),
        ] {
            assert_eq!(cell(&json!(text)), cell_of_it);
        }
    }

    #[test]
    fn an_event_says_who_did_what_and_how_bad_it_is() {
        // REQ-PROOF-01
        let signed_in = event(&entry("signed in", "oidc:anna", ""));
        assert_eq!((&signed_in["class_uid"], &signed_in["type_uid"]), (&json!(3002), &json!(300_201)));
        assert_eq!(signed_in["user"]["uid"], "oidc:anna");
        // The schema wants one of `service` and `dst_endpoint` here, and knows no `resources`.
        assert_eq!(signed_in["service"]["name"], "opencode-gateway");
        assert!(event(&entry("signed out", "oidc:anna", ""))["resources"].is_null());
        let refused = event(&entry("refused", "slack:T1:U9", "git push"));
        assert_eq!((&refused["class_uid"], &refused["type_uid"]), (&json!(6003), &json!(600_399)));
        assert_eq!((&refused["severity_id"], &refused["status_id"]), (&json!(3), &json!(2)));
        assert_eq!(
            (&refused["message"], &refused["activity_name"]),
            (&json!("refused: git push"), &json!("refused"))
        );
        assert_eq!(
            (&refused["time"], &refused["src_endpoint"]["name"]),
            (&json!(1_795_255_500_000_i64), &json!("slack"))
        );
        assert_eq!(event(&entry("alarm", "gateway", ""))["severity_id"], 5);
        for field in ["activity_id", "actor", "api", "category_uid", "metadata", "resources", "unmapped"] {
            assert!(!refused[field].is_null(), "{field}");
        }
    }
}
