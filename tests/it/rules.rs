//! Rules by resource over the API, against the real gateway with a pod's double: who starts, who allows, what is written down.

use crate::people::with;
use bridge_protocol::{Event, PermissionAsk};
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use reqwest::StatusCode;
use serde_json::{Value, json};

const RULES: &str = "
people: { anna: { accounts: [{ api: anna }] }, ben: { accounts: [{ api: ben }] } }
groups: { team: { people: [anna, ben] }, shop: { people: [anna] } }
rules:
  - { name: all, for: { repository: '*' }, approve: { by: team } }
  - { name: shop, for: { directory: /work/shop }, start: shop, approve: { by: shop } }
";

async fn as_person(gateway: &Gateway, name: Option<&str>, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = gateway.known().post(format!("{}{path}", gateway.url())).json(body);
    let request = match name {
        Some(name) => request.header("x-gateway-person", name),
        None => request,
    };
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or_default())
}

fn asks() -> Event {
    let (id, session_id) = ("per_00000001".to_owned(), "ses_00000001".to_owned());
    let (permission, patterns) = ("bash".to_owned(), vec!["make".to_owned()]);
    let directory = "/work/shop".to_owned();
    let (always, metadata, tool) = (vec![], serde_json::Map::new(), None);
    let ask = PermissionAsk { id, session_id, directory, permission, patterns, always, metadata, tool };
    Event::PermissionAsked { ask }
}

#[tokio::test]
async fn the_rules_of_the_directory_say_who_starts_and_who_allows() {
    // REQ-RULES-01, REQ-RULES-02, REQ-RULES-04
    let (gateway, folder) = with(&[], RULES).await;
    let pod = ObedientOpenCode::connect(&gateway).await;
    let start = json!({ "directory": "/work/shop", "title": "one" });
    let (status, told) = as_person(&gateway, Some("ben"), "/api/v1/sessions", &start).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("Only people of shop"), "{told}");
    let (status, told) = as_person(&gateway, Some("anna"), "/api/v1/sessions", &start).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    pod.tells("ses_00000001", asks()).await;
    let asked = gateway.until("the ask", "/api/v1/asks", |asks| asks[0]["state"] == "open").await.unwrap();
    let who = asked[0]["display"]["terms"]["who"].to_string();
    assert!(who.contains("Needs one person of team and shop."), "{who}");
    let path = "/api/v1/asks/per_00000001/answer";
    let once = json!({ "answer": "once" });
    // Capitals make no other person of a name that is only a claim.
    for name in [Some("ben"), Some("mallory"), None, Some("Anna")] {
        let (status, told) = as_person(&gateway, name, path, &once).await;
        assert_eq!(status == StatusCode::OK, name == Some("Anna"), "{name:?}: {told}");
    }
    let entries = gateway.audit().unwrap();
    let refused =
        entries.iter().find(|entry| entry["what"] == "refused" && entry["who"] == "api:ben").unwrap();
    let subject = refused["subject"].as_str().unwrap();
    assert!(subject.starts_with("to start one: Only people of shop"), "REQ-PROOF-01: {refused:#}");
    let answered = entries.iter().find(|entry| entry["what"] == "answered").unwrap();
    assert_eq!(answered["human"], "anna", "{answered:#}");
    assert!(answered["rule"][1].as_str().unwrap().starts_with("shop@"), "{answered:#}");
    let mut command = gateway.command(&["policy", "test"]).unwrap();
    let tried = command.env("GATEWAY_CONFIG", folder.path().join("gateway.yaml")).output().unwrap();
    let tried = String::from_utf8(tried.stdout).unwrap();
    assert!(tried.contains("allowed once by Anna") && tried.contains("allowed too"), "{tried}");
}
