//! What rules ask for, in Slack: a reason in a form, and an override that others hear of.

use super::SlackStage;
use e2e::slack::SlackPerson;
use serde_json::Value;

const SESSION: &str = "ses_00000001";
const REASON: &str = "Reason (everyone sees this)";

/// Ann allows what is asked, and says why where it is a `make`; Ben can override that, which the channel hears of.
async fn ruled() -> (SlackStage, SlackPerson, String) {
    let mut stage = SlackStage::set().await;
    let ben = stage.slack.person("ben");
    stage.slack.channel("dev", &[&stage.ann, &ben]);
    let incidents = stage.slack.channel("incidents", &[&ben]);
    let file = stage.folder.path().join("gateway.yaml");
    let rules = format!(
        "{}people:\n  ann: {{ accounts: [{{ slack: T0SIM, user: {} }}] }}\n  ben: {{ accounts: [{{ slack: T0SIM, user: {} }}] }}\n\
         groups: {{ team: {{ people: [ann] }}, owners: {{ people: [ben] }} }}\n\
         rules:\n  - name: all\n    for: {{ repository: '*' }}\n    approve: {{ by: team }}\n    \
         risky: {{ patterns: ['make*'], by: team, people: 1, reason: required, requester: allowed }}\n    \
         break_glass: {{ by: owners, tell: {incidents}, review_within: 24h }}\n",
        std::fs::read_to_string(&file).unwrap(),
        stage.ann.id,
        ben.id,
    );
    std::fs::write(file, rules).unwrap();
    stage.crash().await;
    stage.session("Fix the login").await;
    (stage, ben, incidents)
}

fn errors(answer: &Value) -> String {
    assert_eq!(answer["response_action"], "errors", "{answer}");
    answer["errors"].to_string()
}

fn modal_text(person: &SlackPerson) -> String {
    person.modal().map(|view| view.content.to_string()).unwrap_or_default()
}

#[tokio::test]
async fn where_a_reason_is_wanted_slack_asks_for_it_and_one_that_nobody_can_read_is_none() {
    // REQ-RULES-02, REQ-ASK-01
    let (mut stage, ben, _) = ruled().await;
    stage.pod.asks(SESSION, "per_1", "make test").await;
    let card = stage.slack.until_text(&stage.dev, "make test").await.unwrap();
    assert!(stage.ann.click(&card, "Allow once").await.is_err(), "there is no such button");
    for person in [&stage.ann, &ben] {
        person.click(&card, "Allow once…").await.unwrap();
        stage.until("the form", || person.modal().map(drop)).await;
    }
    let blank = stage.ann.submit(&[(REASON, "\u{200b}\u{2060}")]).await.unwrap();
    assert!(errors(&blank.answer).contains("everyone sees it"));
    // Ben is none of those who allow it: his form says so.
    let refused = ben.submit(&[(REASON, "I say so.")]).await.unwrap();
    assert!(errors(&refused.answer).contains("Only people of team"));
    let taken = stage.ann.submit(&[(REASON, "The build is \u{202e}red <!channel>.")]).await.unwrap();
    assert!(taken.answer.is_null(), "{taken:?}");
    assert_eq!(stage.pod.next_reply().await["reply"], "once");
    stage.slack.until_shown(&card, "Allowed once").await.unwrap();
    // A form that is sent when it is too late changes nothing and says why.
    let late = ben.submit(&[(REASON, "Once more.")]).await.unwrap();
    assert!(late.answer["response_action"] == "errors", "{late:?}");
    let entries = stage.gateway.audit().unwrap();
    let answered = entries.iter().find(|entry| entry["what"] == "answered").unwrap();
    assert!(answered["reason"].as_str().unwrap().starts_with("The build is"), "{answered:#}");
}

#[tokio::test]
async fn one_of_the_few_overrides_the_rules_from_slack_and_a_channel_hears_of_it_once() {
    // REQ-RULES-05
    let (mut stage, ben, incidents) = ruled().await;
    stage.pod.asks(SESSION, "per_1", "npm publish").await;
    let card = stage.slack.until_text(&stage.dev, "npm publish").await.unwrap();
    stage.ann.click(&card, "Details").await.unwrap();
    stage.until("the details", || stage.ann.modal().map(drop)).await;
    assert!(!modal_text(&stage.ann).contains("Override"), "not for her");
    ben.click(&card, "Details").await.unwrap();
    stage.until("the details", || ben.modal().map(drop)).await;
    ben.click_modal("Override the rules…", None).await.unwrap();
    stage.until("the form", || modal_text(&ben).contains("This overrides the rules").then_some(())).await;
    let taken = ben.submit(&[(REASON, "The shop is down <!channel>.")]).await.unwrap();
    assert!(taken.answer.is_null(), "{taken:?}");
    assert_eq!(stage.pod.next_reply().await["reply"], "once");
    let told = stage.slack.until_text(&incidents, "overrode the rules").await.unwrap();
    let text = stage.slack.messages(&incidents).iter().map(|one| one.all_text()).collect::<String>();
    assert!(text.contains("The shop is down") && !text.contains("<!channel>"), "{text}");
    // Nobody hears of it twice, also after a crash.
    stage.crash().await;
    let open = |told: &Value| told["reviews"][0]["ask"] == "per_1";
    let reviews = stage.gateway.until("the review", "/api/v1/reviews", open).await.unwrap();
    assert_eq!(reviews["reviews"][0]["by"]["name"], "ben", "{reviews:#}");
    stage.pod.asks(SESSION, "per_2", "npm test").await;
    stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    assert_eq!(stage.slack.messages(&incidents).len(), 1, "{told:?}");
    let entries = stage.gateway.audit().unwrap();
    assert!(entries.iter().any(|entry| entry["what"] == "broke glass" && entry["human"] == "ben"));
}
