//! Checks in Slack: by the command, by the card's button, told in the thread.

use super::SlackStage;

#[tokio::test]
async fn tests_run_by_command_and_by_button_and_are_told_in_the_thread() {
    // REQ-START-06, REQ-CHECK-02
    let mut stage = SlackStage::set().await;
    let card = stage.session("Fix the login").await;
    let passed =
        |stage: &SlackStage| stage.slack.transcript().matches("✅ Unit Tests: 45/45 passing (12 s)").count();
    assert!(stage.ann.command(&stage.dev, "/opencode", "test ses_00000001").await.acked());
    stage.whispered(&stage.ann, "The session's thread says how they end").await;
    stage.until("the result in the thread", || (passed(&stage) == 2).then_some(())).await;
    assert!(stage.ann.click(&card, "Run tests").await.unwrap().acked());
    stage.until("the second result", || (passed(&stage) == 4).then_some(())).await;
    // REQ-CHECK-06
    assert!(stage.ann.command(&stage.dev, "/opencode", "test ses_00000001 Before npm test").await.acked());
    let compared = "⚠️ Fails before: no, it passes there too. Passes after: yes.";
    stage.until("the comparison", || stage.slack.transcript().contains(compared).then_some(())).await;
    assert!(stage.ann.command(&stage.dev, "/opencode", "test ses_00000001 nothing").await.acked());
    stage.whispered(&stage.ann, "There is no check \"nothing\" in this session. There are: npm test.").await;
}
