//! What is too long for a window is a file in the thread, once, when somebody wants it.

use super::SlackStage;
use bridge_protocol::{Event, ToolCall, ToolStatus};
use e2e::slack::{Fault, Often, Spot};

const ALL: &str = "Get full output as a file";

/// Longer than a window shows of one call.
fn output() -> String {
    (0..400).map(|n| format!("line {n} of a long output\n")).collect()
}

impl SlackStage {
    async fn runs(&self, session: &str, output: &str) {
        let call = ToolCall {
            part_id: "prt_00000001".into(),
            call_id: "call_1".into(),
            tool: "bash".into(),
            status: ToolStatus::Completed,
            title: None,
            file: None,
            command: Some("npm test".into()),
            output: Some(output.into()),
            error: None,
            diff: None,
            started_at: None,
            ended_at: None,
            exit_code: None,
            began: true,
        };
        let event = Event::ToolExecuted { message_id: "msg_00000001".into(), call };
        self.pod.tells(session, event).await;
    }

    /// The texts of the files in a thread.
    fn files(&self, root: &Spot) -> Vec<String> {
        let shown = self.slack.thread(root).into_iter().flat_map(|one| one.files);
        let ids: Vec<_> = shown.filter_map(|file| file["id"].as_str().map(str::to_owned)).collect();
        let text = |world: &e2e::slack::world::World, id: &String| {
            String::from_utf8(world.files.all[id].bytes.clone().unwrap()).unwrap()
        };
        self.slack.world(|world| ids.iter().map(|id| text(world, id)).collect())
    }
}

#[tokio::test]
async fn a_long_output_is_shortened_in_its_window_and_whole_as_a_file_for_whoever_wants_it() {
    // REQ-THREAD-03, REQ-SLACK-05 for files: its share was taken, and nobody was told
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.runs("ses_00000001", &output()).await;
    let line = stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    let bob = stage.slack.person("bob");
    stage.slack.channel("dev", &[&bob]);
    stage.slack.fail("files.completeUploadExternal", Fault::ResetAfter, Often::Next(1));
    for person in [&stage.ann, &bob] {
        assert!(person.click(&line, "Details").await.unwrap().acked());
        stage.until("the window", || person.modal()).await;
        assert!(person.click_modal(ALL, None).await.unwrap().acked());
        let told = || person.modal().filter(|view| view.content.to_string().contains("as a file.")).map(drop);
        stage.until("what became of it", told).await;
        assert!(person.click_modal(ALL, None).await.is_err(), "the button has done its work");
    }
    let [file] = &stage.files(&root)[..] else { panic!("{}", stage.slack.transcript()) };
    assert!(file.contains("== bash: npm test") && file.contains(output().trim_end()), "{file}");
}

#[tokio::test]
async fn the_whole_patch_of_a_session_is_behind_a_button() {
    // REQ-START-06
    let mut stage = SlackStage::set().await;
    stage.session("Fix the login").await;
    let root = stage.session("Fix the logout").await;
    assert!(stage.ann.command(&stage.dev, "/opencode", "diff ses_00000002").await.acked());
    let told = || stage.ann.whispers(&stage.dev).into_iter().find(|one| one.all_text().contains(ALL));
    let told = stage.until("the files that were changed", told).await;
    assert!(told.all_text().contains("src/login.rs` +2000"), "{}", told.all_text());
    let button = Spot { channel: told.channel.clone(), ts: told.ts.clone(), thread: told.ts.clone() };
    for times in 1..=2 {
        assert!(stage.ann.click(&button, ALL).await.unwrap().acked());
        let told = || {
            let words = stage.ann.whispers(&stage.dev).into_iter();
            words.filter(|one| one.all_text().contains("as a file.")).count() == times
        };
        stage.until("what became of it", told).await;
    }
    let [patch] = &stage.files(&root)[..] else { panic!("{}", stage.slack.transcript()) };
    assert!(patch.starts_with("# src/login.rs\n@@ ") && patch.ends_with("+line 1999\n"), "{patch:.300}");
}
