//! What people write while the gateway is away for longer than Slack tries to tell it.

use super::SlackStage;
use e2e::slack::world::BOT_USER;
use std::time::Duration;

/// After its last try Slack is silent about an event for ever.
const SLACK_GAVE_UP: Duration = Duration::from_secs(400);

/// Tries of one event: at once, and three more.
const LAST_TRY: u32 = 3;

impl SlackStage {
    /// Slack tells nobody of this any more.
    async fn is_given_up(&self, text: &str) {
        let given_up = || {
            let tries = self.slack.peek(|world| {
                let of_it =
                    world.witness.deliveries.iter().filter(|one| one.payload["event"]["text"] == text);
                of_it.map(|one| one.attempt).max()
            });
            if tries != Some(LAST_TRY) {
                self.slack.skip(SLACK_GAVE_UP);
            }
            tries == Some(LAST_TRY)
        };
        self.until("Slack giving up", given_up).await;
    }

    async fn is_idle(&mut self) {
        self.pod.idle("ses_00000001").await;
        let idle = |cards: &serde_json::Value| cards[0]["doing"] == "idle";
        self.gateway.until("the end of the turn", "/api/v1/cards", idle).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_written_in_a_long_absence_reaches_the_agent_once_and_a_command_is_not_carried_out() {
    // REQ-START-08: Slack gives up after five minutes, and the message was lost without a word.
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.is_idle().await;
    stage.ann.replies(&root, "seen before");
    assert_eq!(stage.pod.next_prompt().await, "[ann] seen before");
    stage.is_idle().await;
    stage.gateway.kill();
    let (words, command) = ("use the new API", format!("<@{BOT_USER}> pause"));
    for text in [words, &command] {
        stage.ann.replies(&root, text);
    }
    for text in [words, &command] {
        stage.is_given_up(text).await;
    }
    stage.crash().await;
    assert_eq!(stage.pod.next_prompt().await, "[ann] use the new API");
    let told = || stage.slack.thread(&root).iter().any(|one| one.all_text().contains("Write it again"));
    stage.until("the word about the command", told).await;
    stage.is_idle().await;
    stage.crash().await;
    stage.ann.replies(&root, "and the last word");
    assert_eq!(stage.pod.next_prompt().await, "[ann] and the last word", "nothing is taken twice");
    let words = stage.slack.thread(&root);
    assert_eq!(words.iter().filter(|one| one.all_text().contains("Write it again")).count(), 1);
}
