//! Where else people meet the gateway: their own conversation with it, a message's menu, the home tab, files, and the
//! command for administrators.

use super::SlackStage;
use bridge_protocol::Command;
use e2e::slack::{Fault, Often};
use serde_json::json;

const SESSION: &str = "ses_00000001";

/// For one project with one repository, so that nothing has to be chosen.
async fn with_one_project() -> SlackStage {
    SlackStage::set_with("", |gateway| {
        let file = gateway.env.iter().find(|(name, _)| name == "GATEWAY_CONFIG").unwrap().1.clone();
        std::fs::write(file, "projects: { shop: { repositories: [{ name: web, directory: /work/web }] } }")
            .unwrap();
    })
    .await
}

#[tokio::test]
async fn a_direct_message_starts_a_session_in_its_own_thread_once_its_person_says_so() {
    // REQ-START-07, UX B42
    let mut stage = with_one_project().await;
    let task = stage.ann.dm("make the page fast");
    let question = stage.asked_whether("make the page fast", &task.channel).await;
    let told = question.all_text();
    assert!(told.contains("shop") && told.contains("/work/web"), "it says where: {told}");
    assert_eq!(stage.gateway.get("/api/v1/cards").await.unwrap(), json!([]), "nothing has started");
    assert!(stage.ann.click(&spot(&question), "Start session").await.unwrap().acked());
    assert!(stage.pod.next_prompt().await.starts_with("make the page fast"));
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    let place = &cards[0]["place"];
    assert_eq!((&place["channel"], &place["thread"]), (&json!(task.channel), &json!(task.ts)), "{cards:#}");
    // The card says where it works, too, and nobody reads their own words a second time (CHAOS F10 h).
    stage.slack.until_text(&task.channel, "Directory:* `/work/web`").await.unwrap();
    stage.pod.idle(SESSION).await;
    let idle = |cards: &serde_json::Value| cards[0]["doing"] == "idle";
    stage.gateway.until("the end of the turn", "/api/v1/cards", idle).await.unwrap();
    stage.ann.command(&task.channel, "/opencode", "status").await;
    stage.whispered_in(&task.channel, "Ready – reply in its thread to continue").await;
    assert!(!stage.slack.messages(&task.channel).iter().any(|one| one.all_text().contains("wrote:")));
}

#[tokio::test]
async fn a_hello_starts_nothing_and_leads_to_the_form_if_that_is_wanted() {
    // UX B42: a channel that is linked to no project, and several to choose from
    let mut stage = SlackStage::set().await;
    let hello = stage.ann.says(&stage.dev, "<@U0BOT> hello there");
    let question = stage.asked_whether("hello there", &stage.dev.clone()).await;
    assert!(!question.all_text().contains("Start session"), "there is more than one place");
    assert!(stage.ann.click(&spot(&question), "Choose…").await.unwrap().acked());
    let form = stage.until("the form", || stage.ann.modal()).await;
    assert!(form.content.to_string().contains("hello there"), "{:#}", form.content);
    stage.ann.fill(&[("Title", "hello there")]).unwrap();
    super::starts::choose_project(&stage, "shop").await;
    assert!(stage.ann.submit(&[("Repositories", "web")]).await.unwrap().acked());
    assert!(stage.pod.next_prompt().await.starts_with("hello there"));
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert_eq!(cards[0]["place"]["thread"], json!(hello.ts), "{cards:#}");
}

fn spot(message: &e2e::slack::Message) -> e2e::slack::Spot {
    let thread = message.thread().to_owned();
    e2e::slack::Spot { channel: message.channel.clone(), ts: message.ts.clone(), thread }
}

impl SlackStage {
    /// The question whether a message is to start a session.
    async fn asked_whether(&self, task: &str, channel: &str) -> e2e::slack::Message {
        let asked = || {
            let mut all = self.ann.whispers(channel).into_iter();
            all.find(|one| one.all_text().contains("Start a coding session") && one.all_text().contains(task))
        };
        self.until("the question", asked).await
    }

    async fn whispered_in(&self, channel: &str, words: &str) {
        let told = || self.ann.whispers(channel).iter().any(|one| one.all_text().contains(words));
        self.until(words, told).await;
    }
}

#[tokio::test]
async fn a_message_becomes_a_session_through_its_menu() {
    // REQ-START-07
    let mut stage = with_one_project().await;
    let said = stage.ann.says(&stage.dev, "the login fails since <monday>");
    assert!(stage.ann.message_shortcut(&said, "start_session_from_message").await.unwrap().acked());
    let form = stage.until("the form", || stage.ann.modal()).await;
    assert!(form.content.to_string().contains("the login fails since <monday>"), "{:#}", form.content);
    assert!(stage.ann.submit(&[("Title", "Mend the login")]).await.unwrap().acked());
    let prompt = stage.pod.next_prompt().await;
    assert!(prompt.contains("Mend the login") && prompt.contains("since <monday>"), "{prompt}");
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert_eq!(cards[0]["place"]["thread"], json!(said.ts), "its thread is the session's: {cards:#}");
}

#[tokio::test]
async fn the_shortcut_of_the_lightning_menu_opens_the_form_and_the_thread_is_in_the_own_conversation() {
    // REQ-START-06
    let mut stage = with_one_project().await;
    assert!(stage.ann.shortcut("start_session").await.acked());
    stage.until("the form", || stage.ann.modal().map(drop)).await;
    assert!(stage.ann.submit(&[("Title", "From nowhere")]).await.unwrap().acked());
    assert!(stage.pod.next_prompt().await.starts_with("From nowhere"));
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert_eq!(cards[0]["place"]["channel"], json!(stage.ann.direct_channel()), "{cards:#}");
}

#[tokio::test]
async fn the_home_tab_has_what_waits_and_the_sessions_and_opens_the_details() {
    // REQ-ASK-08
    let mut stage = SlackStage::set().await;
    stage.session("Fix the login").await;
    stage.pod.asks(SESSION, "per_00000001", "npm test").await;
    stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    stage.ann.opens_home();
    let shown = || {
        let home = stage.ann.home()?.content.to_string();
        (home.contains("npm test") && home.contains("Fix the login")).then_some(())
    };
    stage.until("both on the home tab", shown).await;
    assert!(stage.ann.click_home("Details").await.unwrap().acked());
    let details = stage.until("the details", || stage.ann.modal()).await;
    assert!(details.content.to_string().contains("npm test"), "{:#}", details.content);
}

#[tokio::test]
async fn the_home_tab_and_the_list_have_twelve_sessions_and_each_button_is_its_own() {
    // UX B5, ACCEPTANCE F3
    let mut stage = SlackStage::set().await;
    for n in 1..=12 {
        stage.session(&format!("Task {n:02}")).await;
        // The gateway has a limit of running sessions.
        stage.pod.idle(&format!("ses_0000000{n}")).await;
        let rest =
            |cards: &serde_json::Value| cards.as_array().unwrap().iter().all(|card| card["doing"] == "idle");
        stage.gateway.until("the end of the turn", "/api/v1/cards", rest).await.unwrap();
    }
    assert!(stage.ann.command(&stage.dev, "/opencode", "list").await.acked());
    let listed = || {
        let list = stage.ann.whispers(&stage.dev).into_iter().map(|one| one.all_text());
        list.into_iter().find(|text| (1..=12).all(|n| text.contains(&format!("Task {n:02}"))))
    };
    stage.until("all twelve in the list", listed).await;
    stage.ann.opens_home();
    let home = || {
        stage
            .ann
            .home()
            .filter(|home| (1..=12).all(|n| home.content.to_string().contains(&format!("Task {n:02}"))))
    };
    let home = stage.until("all twelve at home", home).await;
    let block = home.blocks().into_iter().find(|block| block.to_string().contains("Task 03")).unwrap();
    let session = block["block_id"].as_str().unwrap().to_owned();
    assert!(stage.ann.click_home_in(Some(&session), "gw1.show.status").await.unwrap().acked());
    let status = || {
        stage.ann.direct_messages().into_iter().map(|one| one.all_text()).find(|text| text.contains(&session))
    };
    assert!(stage.until("its status", status).await.contains("Task 03"));
    // A reply below it reaches nobody, so its person hears where to write (UX B5).
    let status =
        stage.ann.direct_messages().into_iter().find(|one| one.all_text().contains(&session)).unwrap();
    stage.ann.replies(&spot(&status), "Go on, please");
    let told = || {
        let own = stage.ann.direct_messages().into_iter();
        let mut all = own.chain(stage.ann.whispers(&stage.ann.direct_channel()));
        all.find(|one| one.all_text().contains("Reply in <https://simulated.slack.example/archives/"))
    };
    stage.until("where to write", told).await;
    assert_eq!(stage.gateway.get("/api/v1/cards").await.unwrap().as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn what_is_typed_behind_start_is_the_task_in_the_form() {
    // REQ-START-06: it was thrown away
    let stage = SlackStage::set().await;
    assert!(stage.ann.command(&stage.dev, "/opencode", "start Fix the build").await.acked());
    let form = stage.until("the form", || stage.ann.modal()).await;
    assert!(form.content.to_string().contains(r#""initial_value":"Fix the build""#), "{:#}", form.content);
}

#[tokio::test]
async fn a_private_answer_that_slack_refuses_is_told_in_plain_words() {
    // UX B5: nobody is left without an answer
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.slack.fail("chat.postEphemeral", Fault::Error("invalid_blocks".into()), Often::Next(1));
    stage.ann.replies(&root, "<@U0BOT> list");
    stage.whispered(&stage.ann, "Slack couldn't show the rest").await;
    stage.slack.fail("views.publish", Fault::Error("invalid_arguments".into()), Often::Next(1));
    stage.ann.opens_home();
    let plain =
        || stage.ann.home().filter(|home| home.content.to_string().contains("Slack couldn't show")).map(drop);
    stage.until("the plain home", plain).await;
}

#[tokio::test]
async fn files_are_fetched_from_slack_and_handed_to_the_agent() {
    // REQ-START-08, REQ-THREAD-06
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.pod.idle(SESSION).await;
    let idle = |cards: &serde_json::Value| cards[0]["doing"] == "idle";
    stage.gateway.until("the end of the turn", "/api/v1/cards", idle).await.unwrap();
    let trace = b"line 1\nline 2\n";
    stage.ann.posts_files(&stage.dev, Some(&root), "here is the trace", &[("trace.txt", trace)]);
    let parts = loop {
        if let Command::SessionMessage { parts, .. } = stage.pod.next().await {
            break serde_json::to_value(parts).unwrap();
        }
    };
    let all = parts.as_array().unwrap();
    let file = all.iter().find(|part| part["filename"] == "trace.txt").unwrap_or_else(|| panic!("{parts:#}"));
    assert!(parts.to_string().contains("here is the trace"), "{parts:#}");
    let url = file["url"].as_str().unwrap();
    let content = url.split_once("base64,").map_or(url, |(_, content)| content);
    assert_eq!(content, "bGluZSAxCmxpbmUgMgo=", "{url}");
}

#[tokio::test]
async fn a_file_that_slack_does_not_give_is_named_and_the_words_go_on() {
    // REQ-START-08
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.pod.idle(SESSION).await;
    let evil = stage.slack.address;
    stage.slack.world(|world| world.base = format!("http://localhost:{}", evil.port()));
    stage.ann.posts_files(&stage.dev, Some(&root), "see this", &[("a.txt", b"x")]);
    assert_eq!(stage.pod.next_prompt().await, "[ann] see this");
    stage.whispered(&stage.ann, "passed to the agent").await;
}

#[tokio::test]
async fn only_administrators_say_what_a_channel_is_for_and_it_outlives_a_restart() {
    // REQ-SLACK-06, REQ-START-02
    let mut stage = SlackStage::set().await;
    stage.ann.command(&stage.dev, "/opencode", "channel project blog").await;
    stage.whispered(&stage.ann, "Only gateway admins").await;
    let file = stage.folder.path().join("gateway.yaml");
    let rules = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{rules}slack: {{ administrators: [{}] }}\n", stage.ann.id)).unwrap();
    stage.crash().await;
    stage.ann.command(&stage.dev, "/opencode", "channel project moon").await;
    stage.whispered(&stage.ann, "Use one of the configured projects").await;
    stage.ann.command(&stage.dev, "/opencode", "channel project blog").await;
    stage.whispered(&stage.ann, "is now linked to project").await;
    stage.crash().await;
    stage.ann.says(&stage.dev, "<@U0BOT> write a page");
    assert!(stage.pod.next_prompt().await.starts_with("write a page"));
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert_eq!((&cards[0]["project"], &cards[0]["directory"]), (&json!("blog"), &json!("/work/site")));
}
