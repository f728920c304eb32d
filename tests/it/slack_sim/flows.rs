//! What people and an app do together.

use super::app::{App, Socket, yes};
use e2e::slack::SlackSim;
use serde_json::{Value, json};

fn card(text: &str) -> Value {
    let button = |label: &str| {
        json!({ "type": "button", "action_id": format!("do_{label}"), "value": "req-1",
        "text": { "type": "plain_text", "text": label } })
    };
    json!([
        { "type": "section", "text": { "type": "mrkdwn", "text": text } },
        { "type": "actions", "block_id": "card", "elements": [button("Allow"), button("Deny")] },
    ])
}

#[tokio::test]
async fn a_mention_comes_as_mention_and_as_message() {
    let slack = SlackSim::start().await.unwrap();
    let ann = slack.person("ann");
    let dev = slack.channel("dev", &[&ann]);
    let mut socket = Socket::open(&slack, yes).await;
    let spot = ann.says("dev", "@gateway a < b & c");
    let message = socket.next().await["payload"]["event"].clone();
    let mention = socket.next().await["payload"]["event"].clone();
    assert_eq!([&message["type"], &mention["type"]], ["message", "app_mention"]);
    assert_eq!(mention["text"], "<@U0BOT> a &lt; b &amp; c");
    assert_eq!([&mention["channel"], &mention["ts"]], [dev.as_str(), spot.ts.as_str()]);
    slack.until("the acks", |world| (world.witness.ack_times().len() == 2).then_some(())).await.unwrap();
}

#[tokio::test]
async fn a_button_is_clicked_on_what_is_shown_at_that_moment() {
    let slack = SlackSim::start().await.unwrap();
    let ann = slack.person("ann");
    let dev = slack.channel("dev", &[&ann]);
    let mut socket = Socket::open(&slack, yes).await;
    let app = App::of(&slack);
    let metadata = json!({ "event_type": "card", "event_payload": { "key": "k1" } });
    let posted = app
        .call(
            "chat.postMessage",
            json!({ "channel": dev, "text": "Allow?", "blocks": card("Run it?"),
        "metadata": metadata }),
        )
        .await;
    let spot = slack.until_text("dev", "Run it?").await.unwrap();
    assert_eq!(ann.buttons(&spot), ["Allow", "Deny"]);
    assert!(ann.click(&spot, "Allow").await.unwrap().acked());
    let click = socket.next_of("interactive").await["payload"].clone();
    assert_eq!(click["actions"][0]["value"], "req-1");
    assert_eq!(click["message"]["metadata"], metadata);
    // Text alone leaves the blocks, as Slack does.
    let words = json!({ "channel": dev, "ts": posted["ts"], "text": "Allow, or deny?" });
    assert_eq!(app.error("chat.update", words).await, "ok");
    assert_eq!(ann.buttons(&spot), ["Allow", "Deny"]);
    let update = json!({ "channel": dev, "ts": posted["ts"], "text": "Allowed by ann", "blocks": [] });
    assert_eq!(app.error("chat.update", update).await, "ok");
    let gone = ann.click(&spot, "Allow").await.unwrap_err().to_string();
    assert!(gone.contains("not there"), "{gone}");
    let message = slack.message(&spot).unwrap();
    assert_eq!([message.text.as_str(), message.revisions[0].text.as_str()], ["Allowed by ann", "Allow?"]);
    let found = app
        .call(
            "conversations.replies",
            json!({ "channel": dev, "ts": spot.ts,
        "include_all_metadata": true }),
        )
        .await;
    assert_eq!(found["messages"][0]["metadata"], metadata);
}

#[tokio::test]
async fn a_modal_is_opened_refused_mended_and_taken() {
    let slack = SlackSim::start().await.unwrap();
    let ann = slack.person("ann");
    slack.channel("dev", &[&ann]);
    let mut socket = Socket::open(&slack, |frame| {
        let said = &frame["payload"]["view"]["state"]["values"]["why"]["text"]["value"];
        let short =
            frame["payload"]["type"] == "view_submission" && said.as_str().is_some_and(|text| text.len() < 5);
        Some(if short {
            json!({ "response_action": "errors", "errors": { "why": "too short" } })
        } else {
            json!({})
        })
    })
    .await;
    assert!(ann.command("dev", "/agent", "deny").await.acked());
    let command = socket.next_of("slash_commands").await;
    let trigger = command["payload"]["trigger_id"].clone();
    let view = json!({ "type": "modal", "callback_id": "deny", "notify_on_close": true,
        "title": { "type": "plain_text", "text": "Deny" }, "submit": { "type": "plain_text", "text": "Send" },
        "blocks": [{ "type": "input", "block_id": "why", "label": { "type": "plain_text", "text": "Reason" },
            "element": { "type": "plain_text_input", "action_id": "text" } }] });
    let app = App::of(&slack);
    assert_eq!(app.error("views.open", json!({ "trigger_id": trigger, "view": view })).await, "ok");
    assert_eq!(
        app.error("views.open", json!({ "trigger_id": trigger, "view": view })).await,
        "exchanged_trigger_id"
    );
    let empty = ann.submit(&[]).await.unwrap_err().to_string();
    assert!(empty.contains("required"), "{empty}");
    ann.submit(&[("Reason", "no")]).await.unwrap();
    assert_eq!(ann.modal().unwrap().errors["why"], "too short");
    ann.submit(&[("Reason", "because it deletes")]).await.unwrap();
    assert!(ann.modal().is_none());
}

#[tokio::test]
async fn answers_to_a_response_url_are_counted_and_seen_by_one() {
    let slack = SlackSim::start().await.unwrap();
    let (ann, bob) = (slack.person("ann"), slack.person("bob"));
    slack.channel("dev", &[&ann, &bob]);
    let mut socket = Socket::open(&slack, yes).await;
    ann.command("dev", "/agent", "help").await;
    let url = socket.next_of("slash_commands").await["payload"]["response_url"].as_str().unwrap().to_owned();
    let http = reqwest::Client::new();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let sent = http.post(&url).json(&json!({ "text": "only you" })).send().await.unwrap();
        statuses.push(sent.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 404]);
    assert_eq!([ann.whispers("dev").len(), bob.whispers("dev").len()], [5, 0]);
    ann.command("dev", "/agent", "help").await;
    let url = socket.next_of("slash_commands").await["payload"]["response_url"].as_str().unwrap().to_owned();
    slack.skip(std::time::Duration::from_secs(31 * 60));
    assert_eq!(http.post(&url).json(&json!({ "text": "late" })).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_file_goes_up_in_three_steps_and_comes_down_with_the_token() {
    let slack = SlackSim::start().await.unwrap();
    let ann = slack.person("ann");
    let dev = slack.channel("dev", &[&ann]);
    let app = App::of(&slack);
    let http = reqwest::Client::new();
    let begun = app.call("files.getUploadURLExternal", json!({ "filename": "a.diff", "length": 4 })).await;
    let (url, id) = (begun["upload_url"].as_str().unwrap(), &begun["file_id"]);
    assert_eq!(http.post(url).body("four!").send().await.unwrap().status(), 400);
    let complete = json!({ "files": [{ "id": id, "title": "The diff" }], "channel_id": dev });
    assert_eq!(app.error("files.completeUploadExternal", complete.clone()).await, "file_not_found");
    assert_eq!(http.post(url).body("four").send().await.unwrap().status(), 200);
    assert_eq!(app.error("files.completeUploadExternal", complete).await, "ok");
    let posted = &slack.messages("dev")[0];
    assert_eq!(posted.files[0]["title"], "The diff");
    let mut socket = Socket::open(&slack, yes).await;
    ann.posts_files("dev", None, "see", &[("log.txt", b"lines")]);
    let file = socket.next_of("events_api").await["payload"]["event"]["files"][0].clone();
    let private = file["url_private"].as_str().unwrap();
    let own = http.get(private).bearer_auth(slack.bot_token()).send().await.unwrap().text().await.unwrap();
    let other = http.get(private).send().await.unwrap().text().await.unwrap();
    assert_eq!(own, "lines");
    assert!(other.contains("Sign in"), "{other}");
}
