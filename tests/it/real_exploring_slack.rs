//! Where the thread of a session that began in OpenCode comes to be, with a real OpenCode and the simulated Slack: asked
//! for before or after its set-up, or said with it; never twice, and with both ends killed in between.

use crate::real_exploring::Yard;
use e2e::slack::{SlackPerson, SlackSim, Spot};
use serde_json::json;

struct Hall {
    yard: Yard,
    slack: SlackSim,
    ann: SlackPerson,
    dev: String,
}

impl Hall {
    /// Somebody who does nothing for a second has left OpenCode's page.
    async fn lay_out() -> Self {
        let slack = SlackSim::start().await.unwrap();
        let ann = slack.person("ann");
        let dev = slack.channel("dev", &[&ann]);
        let rules = json!({ "leaves_after_seconds": 1, "slack": { "administrators": [ann.id] } });
        let env = [
            ("SLACK_API_URL", slack.api_url()),
            ("SLACK_BOT_TOKEN", slack.bot_token()),
            ("SLACK_APP_TOKEN", slack.app_token()),
        ];
        let yard = Yard::lay_out_with(rules, &env).await;
        Self { yard, slack, ann, dev }
    }

    /// The question where the thread is to be, once it is asked.
    async fn asked_where(&self) -> Spot {
        self.slack
            .until_text(&self.ann.direct_channel(), "Which channel should its thread go to?")
            .await
            .unwrap()
    }

    async fn choose(&self, session: &str, asked: &Spot) {
        let receipt = self.ann.choose(asked, &format!("gw1.place.{session}"), &self.dev).await.unwrap();
        assert!(receipt.acked());
        self.slack.until_shown(asked, "ann put the thread for").await.unwrap();
    }

    async fn set_up(&self, name: &str) {
        let card = self.slack.until_text(&self.dev, "Set up this session before it can").await.unwrap();
        assert!(self.ann.click(&card, "Set up…").await.unwrap().acked());
        self.slack.until("the form", |world| world.views.top(&self.ann.id).map(drop)).await.unwrap();
        let receipt = self.ann.submit(&[("Workspace name", name)]).await.unwrap();
        assert!(receipt.acked() && receipt.answer.is_null(), "{receipt:?}");
    }

    fn times_asked(&self) -> usize {
        self.ann.direct_messages().len()
    }
}

#[tokio::test]
async fn real_the_thread_is_asked_for_first_then_the_set_up_in_it_across_a_kill() {
    // REQ-START-10, REQ-START-11: through the Slack simulator.
    let mut hall = Hall::lay_out().await;
    let session = hall.yard.begin("Add a cart to the shop", "Please write.\nscenario: write").await;
    hall.yard.form(&session).await;
    let asked = hall.asked_where().await;
    hall.yard.crash().await;
    hall.choose(&session, &asked).await;
    hall.yard.crash().await;
    hall.set_up("by-slack").await;
    let place = hall.yard.place("by-slack", "shop");
    hall.yard.wrote_only_in(&session, &place).await;
    hall.slack.until_text(&hall.dev, "The file is written.").await.unwrap();
    assert_eq!(hall.times_asked(), 1, "also after two kills");
}

#[tokio::test]
async fn real_the_set_up_comes_first_and_the_thread_is_asked_for_when_something_waits() {
    // REQ-START-11
    let mut hall = Hall::lay_out().await;
    let session = hall.yard.begin("Add a cart to the shop", "Please write.\nscenario: write").await;
    let ask = hall.yard.form(&session).await;
    hall.yard.set_up(&ask, &[("workspace", "console-first")]).await;
    let place = hall.yard.place("console-first", "shop");
    hall.yard.wrote_only_in(&session, &place).await;
    hall.yard.stage.send(&session, "scenario: question").await.unwrap();
    let asked = hall.asked_where().await;
    hall.yard.crash().await;
    hall.choose(&session, &asked).await;
    // What waits follows.
    let question = hall.yard.stage.open_ask(&session).await.unwrap();
    let text = question["questions"][0]["question"].as_str().unwrap().to_owned();
    hall.slack.until_text(&hall.dev, &text).await.unwrap();
    assert_eq!(hall.times_asked(), 1);
}

#[tokio::test]
async fn real_both_are_said_in_one_form_and_neither_is_asked_again() {
    // REQ-START-11
    let mut hall = Hall::lay_out().await;
    let session = hall.yard.begin("Add a cart to the shop", "Please write.\nscenario: write").await;
    let ask = hall.yard.form(&session).await;
    // Answered at once: nobody was away for long.
    hall.yard.set_up(&ask, &[("workspace", "at-once"), ("thread", &hall.dev)]).await;
    hall.yard.crash().await;
    let place = hall.yard.place("at-once", "shop");
    hall.yard.wrote_only_in(&session, &place).await;
    hall.slack.until_text(&hall.dev, "The file is written.").await.unwrap();
    let threads =
        hall.slack.messages(&hall.dev).into_iter().filter(|one| one.all_text().contains("Add a cart"));
    assert_eq!(threads.filter(|one| one.thread() == one.ts).count(), 1, "one thread");
    assert!(hall.times_asked() <= 1, "asked before the form was sent, or not at all");
}
