//! What must hold after every round, whoever died in it.

use crate::api_people::{ApiPerson, Heard};
use crate::gateway::Gateway;
use anyhow::ensure;
use serde_json::Value;

/// At most one person was told "taken", and it is that person's answer that counts.
pub fn judge_people(card: &Value, people: &[ApiPerson], heard: &[Heard]) -> anyhow::Result<()> {
    let all = people.iter().zip(heard);
    let confirmed: Vec<_> = all.filter(|(_, heard)| **heard == Heard::Confirmed).collect();
    ensure!(confirmed.len() <= 1, "confirmed to more than one: {heard:?}");
    ensure!(!card["decision"].is_null(), "nobody decided: {heard:?} {card:#}");
    if let Some((person, _)) = confirmed.first() {
        ensure!(card["decision"]["by"]["id"] == person.id(), "confirmed to {}, but: {card:#}", person.name);
    }
    Ok(())
}

/// Each card is applied, and the audit log names once who decided it; nobody meddled with the log.
pub async fn judge_audit(gateway: &Gateway, cards: &[String]) -> anyhow::Result<()> {
    let audit = gateway.audit()?;
    for id in cards {
        let card = gateway.get(&format!("/api/v1/asks/{id}")).await?;
        ensure!(card["state"] == "applied", "not applied: {card:#}");
        let about: Vec<_> = audit.iter().filter(|entry| entry["ask"] == **id).collect();
        ensure!(about.len() == 1, "{} audit entries for one answer: {about:#?}", about.len());
        ensure!(about[0]["who"] == card["decision"]["by"]["id"], "{about:#?} is not who decided {card:#}");
    }
    let state = gateway.state().display().to_string();
    gateway.cli(&["audit", "verify", "--state", &state]).map(drop)
}

/// An open ask of the session that was not seen yet.
pub async fn new_ask(gateway: &Gateway, session: &str, known: &[String]) -> Option<Value> {
    let asks = gateway.get("/api/v1/asks").await.ok()?;
    let is_new = |ask: &&Value| {
        let id = ask["id"].as_str().unwrap_or_default();
        ask["session"] == session && ask["state"] == "open" && !known.iter().any(|one| one == id)
    };
    asks.as_array()?.iter().find(is_new).cloned()
}
