//! Bad input, and the code with which Slack refuses it.

use super::app::App;
use e2e::slack::SlackSim;
use serde_json::{Value, json};
use std::time::Duration;

struct Places {
    slack: SlackSim,
    app: App,
    dev: String,
    ts: String,
    user: String,
}

async fn places() -> Places {
    let slack = SlackSim::start().await.unwrap();
    let ann = slack.person("ann");
    let dev = slack.channel("dev", &[&ann]);
    slack.channel_without_app("closed", &[&ann]);
    slack.private_channel("old", &[&ann]);
    slack.archive("old");
    slack.world(|world| world.app.scopes.remove("chat:write.public"));
    let app = App::of(&slack);
    let ts = app.post(&dev, "hello").await;
    Places { user: ann.id.clone(), slack, app, dev, ts }
}

impl Places {
    fn id(&self, name: &str) -> String {
        self.slack.world(|world| world.channel_named(name).unwrap().id.clone())
    }

    async fn expect(&self, rows: &[(&str, Value, &str)]) {
        for (method, args, expected) in rows {
            assert_eq!(self.app.error(method, args.clone()).await, *expected, "{method} {args}");
            // Limits of rate are not the matter here.
            self.slack.skip(Duration::from_secs(2));
        }
    }
}

#[tokio::test]
async fn each_bad_message_gets_slacks_own_code() {
    let places = places().await;
    let (dev, ts) = (&places.dev, &places.ts);
    let [closed, old] = ["closed", "old"].map(|name| places.id(name));
    let theirs = places.slack.person("ann").says("dev", "mine").ts;
    let reply = json!({ "channel": dev, "thread_ts": ts, "text": "reply" });
    let reply = places.app.call("chat.postMessage", reply).await["ts"].clone();
    let post = "chat.postMessage";
    places
        .expect(&[
            (post, json!({ "channel": dev }), "no_text"),
            (post, json!({ "text": "x" }), "channel_not_found"),
            (post, json!({ "channel": "C404", "text": "x" }), "channel_not_found"),
            (post, json!({ "channel": closed, "text": "x" }), "not_in_channel"),
            (post, json!({ "channel": old, "text": "x" }), "is_archived"),
            (post, json!({ "channel": dev, "text": "x", "thread_ts": "1.2" }), "thread_not_found"),
            (post, json!({ "channel": dev, "text": "x", "thread_ts": reply }), "cannot_reply_to_message"),
            (post, json!({ "channel": dev, "text": "x", "blocks": "no json" }), "invalid_blocks_format"),
            (post, json!({ "channel": dev, "text": "x", "blocks": [{ "type": "magic" }] }), "invalid_blocks"),
            (
                post,
                json!({ "channel": dev, "text": "x", "metadata": { "event_type": 1 } }),
                "invalid_metadata_format",
            ),
            (post, json!({ "channel": dev, "text": "x", "markdown_text": "y" }), "markdown_text_conflict"),
            (post, json!({ "channel": dev, "markdown_text": "y".repeat(12_001) }), "msg_too_long"),
            (post, json!({ "channel": dev, "text": "x".repeat(50_000) }), "ok"),
            ("chat.update", json!({ "channel": dev, "ts": ts, "text": "x".repeat(4001) }), "msg_too_long"),
            ("chat.update", json!({ "channel": dev, "ts": "1.2", "text": "x" }), "message_not_found"),
            ("chat.update", json!({ "channel": dev, "ts": theirs, "text": "x" }), "cant_update_message"),
            ("chat.delete", json!({ "channel": dev, "ts": theirs }), "cant_delete_message"),
            ("chat.delete", json!({ "channel": dev, "ts": "1.2" }), "message_not_found"),
            (
                "chat.postEphemeral",
                json!({ "channel": dev, "user": "U404", "text": "x" }),
                "user_not_in_channel",
            ),
            ("conversations.replies", json!({ "channel": dev, "ts": "1.2" }), "thread_not_found"),
            ("conversations.history", json!({ "channel": closed }), "not_in_channel"),
            ("conversations.open", json!({ "users": "U404" }), "user_not_found"),
            ("users.info", json!({ "user": "U404" }), "user_not_found"),
            ("reactions.add", json!({ "channel": dev, "timestamp": ts, "name": "eyes" }), "ok"),
            ("reactions.add", json!({ "channel": dev, "timestamp": ts, "name": "eyes" }), "already_reacted"),
            ("reactions.remove", json!({ "channel": dev, "timestamp": ts, "name": "wave" }), "no_reaction"),
            ("agents.sessions.list", json!({}), "unknown_method"),
        ])
        .await;
    let long = places.slack.messages("dev").into_iter().map(|one| one.text.chars().count()).max();
    assert_eq!(long, Some(40_000), "posted text is cut");
}

#[tokio::test]
async fn views_are_checked_and_triggers_are_short() {
    let places = places().await;
    let label = |text: &str| json!({ "type": "plain_text", "text": text });
    let modal = |change: fn(&mut Value)| {
        let mut view = json!({ "type": "modal", "title": label("T"), "blocks": [] });
        change(&mut view);
        view
    };
    let user = places.user.clone();
    let trigger = || places.slack.world(|world| world.trigger(&user, None));
    let open = "views.open";
    let stale = trigger();
    places.slack.skip(Duration::from_secs(4));
    let ok = json!({ "trigger_id": trigger(), "view": modal(|_| {}) });
    places.expect(&[(open, ok.clone(), "ok"), (open, ok, "exchanged_trigger_id")]).await;
    let bad: &[fn(&mut Value)] = &[
        |view| view["title"]["text"] = json!("x".repeat(25)),
        |view| view["private_metadata"] = json!("x".repeat(3001)),
        |view| view["callback_id"] = json!("x".repeat(256)),
        |view| view["type"] = json!("home"),
        |view| {
            view["blocks"] = json!([{ "type": "input", "label": { "type": "plain_text", "text": "L" },
            "element": { "type": "plain_text_input" } }])
        },
        |view| view["blocks"] = json!(vec![json!({ "type": "divider" }); 101]),
    ];
    for change in bad {
        places
            .expect(&[(
                open,
                json!({ "trigger_id": trigger(), "view": modal(*change) }),
                "invalid_arguments",
            )])
            .await;
    }
    let section = json!({ "type": "section", "text": { "type": "mrkdwn", "text": "x".repeat(3000) } });
    let huge = json!({ "type": "modal", "title": label("T"), "blocks": vec![section; 90] });
    places
        .expect(&[
            (open, json!({ "trigger_id": stale, "view": modal(|_| {}) }), "expired_trigger_id"),
            (open, json!({ "trigger_id": "1.2.3", "view": modal(|_| {}) }), "invalid_trigger_id"),
            (open, json!({ "trigger_id": trigger(), "view": huge }), "view_too_large"),
            ("views.update", json!({ "view_id": "V404", "view": modal(|_| {}) }), "not_found"),
        ])
        .await;
    let view = places.slack.person("ann").modal().unwrap();
    places
        .expect(&[
            ("views.update", json!({ "view_id": view.id, "hash": view.hash, "view": modal(|_| {}) }), "ok"),
            (
                "views.update",
                json!({ "view_id": view.id, "hash": view.hash, "view": modal(|_| {}) }),
                "hash_conflict",
            ),
        ])
        .await;
}

#[tokio::test]
async fn a_stream_ends_after_five_minutes_whatever_one_does() {
    let places = places().await;
    let (dev, ts) = (&places.dev, &places.ts);
    let start =
        json!({ "channel": dev, "thread_ts": ts, "recipient_user_id": "U1", "recipient_team_id": "T0SIM" });
    places
        .expect(&[(
            "chat.startStream",
            json!({ "channel": dev, "thread_ts": ts }),
            "missing_recipient_user_id",
        )])
        .await;
    let stream = places.app.call("chat.startStream", start).await["ts"].clone();
    let of = |text: &str| json!({ "channel": dev, "ts": stream, "markdown_text": text });
    places
        .expect(&[
            ("chat.appendStream", of("one "), "ok"),
            ("chat.appendStream", of("two"), "ok"),
            (
                "chat.appendStream",
                json!({ "channel": dev, "ts": ts, "markdown_text": "x" }),
                "message_not_in_streaming_state",
            ),
            (
                "chat.appendStream",
                json!({ "channel": dev, "ts": stream, "chunks": [{ "type": "?" }] }),
                "invalid_chunks",
            ),
            ("chat.update", json!({ "channel": dev, "ts": stream, "text": "x" }), "streaming_state_conflict"),
        ])
        .await;
    places.slack.skip(Duration::from_secs(301));
    places
        .expect(&[
            ("chat.appendStream", of("three"), "message_not_in_streaming_state"),
            ("chat.stopStream", json!({ "channel": dev, "ts": stream }), "message_not_in_streaming_state"),
            ("chat.update", json!({ "channel": dev, "ts": stream, "text": "one two three" }), "ok"),
        ])
        .await;
}

#[tokio::test]
async fn tokens_and_scopes_are_looked_at() {
    let places = places().await;
    places.slack.world(|world| world.app.scopes.remove("reactions:write"));
    let add = json!({ "channel": places.dev, "timestamp": places.ts, "name": "eyes" });
    let refused = places.app.call("reactions.add", add).await;
    assert_eq!([&refused["error"], &refused["needed"]], ["missing_scope", "reactions:write"]);
    assert!(refused["provided"].as_str().unwrap().contains("chat:write"));
    let http = reqwest::Client::new();
    let url = |method: &str| format!("{}/{method}", places.slack.api_url());
    let error = async |request: reqwest::RequestBuilder| {
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["error"].as_str().unwrap_or("ok").to_owned()
    };
    let token = places.slack.bot_token();
    assert_eq!(error(http.post(url("auth.test"))).await, "not_authed");
    assert_eq!(error(http.post(url("auth.test")).bearer_auth("xoxb-other")).await, "invalid_auth");
    let in_form = http.post(url("auth.test")).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(error(in_form.body(format!("token={token}"))).await, "ok");
    assert_eq!(error(http.post(url("auth.test")).json(&json!({ "token": token }))).await, "not_authed");
    assert_eq!(
        error(http.post(url("apps.connections.open")).bearer_auth(&token)).await,
        "not_allowed_token_type"
    );
    let user = json!({ "user": places.user });
    assert_eq!(error(http.post(url("users.info")).bearer_auth(&token).json(&user)).await, "user_not_found");
    let bad = http.post(url("auth.test")).bearer_auth(&token).header("content-type", "application/json");
    assert_eq!(error(bad.body("{")).await, "invalid_json");
    places.slack.revoke_tokens();
    assert_eq!(places.app.error("auth.test", json!({})).await, "token_revoked");
}

#[tokio::test]
async fn a_channel_takes_one_message_a_second_and_a_method_its_tier() {
    let places = places().await;
    places.slack.skip(Duration::from_secs(60));
    let http = reqwest::Client::new();
    let post = async || {
        let request = http.post(format!("{}/chat.postMessage", places.slack.api_url()));
        let body = json!({ "channel": places.dev, "text": "x" });
        request.bearer_auth(places.slack.bot_token()).json(&body).send().await.unwrap()
    };
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(post().await.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let refused = post().await;
    assert_eq!(refused.headers()["retry-after"], "1");
    places.slack.skip(Duration::from_secs(1));
    assert_eq!(post().await.status(), 200);
    let mut taken = 0;
    while places.app.error("conversations.list", json!({})).await == "ok" {
        taken += 1;
        assert!(taken < 30, "tier 2 has no end");
    }
    assert!((20..=21).contains(&taken), "{taken} calls of tier 2 in a moment");
}
