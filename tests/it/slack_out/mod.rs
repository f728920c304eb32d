//! The way out to Slack: each message once and in order, whatever Slack does meanwhile.

mod stage;
mod streams;

use e2e::slack::{Fault, Often};
use gateway::slack::outbound::{Note, TextFile};
use gateway_domain::Answer;
use gateway_domain::thread::Tone;
use stage::{OutboundStage, key_of};
use std::time::{Duration, Instant};

const ONE: &str = "ses_11111111";
const TWO: &str = "ses_22222222";

fn note(text: &str) -> Note {
    Note { tone: Tone::Warning, text: text.into() }
}

#[tokio::test]
async fn a_thread_shows_the_session_from_its_first_card_to_the_answer() {
    // REQ-THREAD-01, REQ-ASK-01, REQ-ASK-10
    let stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    let root = stage.shown(&location, "Session:* `ses_11111111`").await;
    assert_eq!(root.ts, location.thread, "the opening message became the card");
    let asked = Instant::now();
    let ask = stage.asks(ONE, "npm test").await;
    let card = stage.shown(&location, "Run `npm test`?").await;
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    stage.answers(ONE, &ask, Answer::Once).await;
    let card = stage.slack.until_shown(&spot(&card), "Allowed once: `npm test`").await.unwrap();
    assert!(!card.all_text().contains("Deny"), "the buttons are gone");
    assert_eq!(stage.thread(&location).len(), 2);
}

fn spot(message: &e2e::slack::Message) -> e2e::slack::Spot {
    let thread = message.thread().to_owned();
    e2e::slack::Spot { channel: message.channel.clone(), ts: message.ts.clone(), thread }
}

#[tokio::test]
async fn a_post_that_slack_took_without_saying_so_is_found_and_not_repeated() {
    // REQ-SLACK-05, I3
    for fault in [Fault::StatusAfter(503), Fault::ResetAfter] {
        let stage = OutboundStage::start().await.unwrap();
        let location = stage.session(ONE).await;
        stage.shown(&location, "Session:*").await;
        stage.slack.fail("chat.postMessage", fault.clone(), Often::Next(1));
        stage.outlet().note(&location, ONE, "n", note("in doubt")).await;
        stage.asks(ONE, "after").await;
        stage.shown(&location, "Run `after`?").await;
        assert_eq!(stage.showing(&location, "in doubt").len(), 1, "{fault:?}\n{}", stage.slack.transcript());
    }
}

#[tokio::test]
async fn a_post_that_slack_shows_late_is_there_once_in_the_end() {
    // CHAOS F10 b, I3: taken without a word, and not to be seen at the first look
    let stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    stage.slack.fail("chat.postMessage", Fault::StatusAfter(503), Often::Next(1));
    stage.slack.fail("conversations.replies", Fault::Lagging, Often::Next(1));
    stage.outlet().note(&location, ONE, "n", note("told twice")).await;
    assert_eq!(stage.showing(&location, "told twice").len(), 2, "Slack made it two");
    let (channel, thread) = (location.channel.clone(), location.thread.clone());
    let once = |world: &mut e2e::slack::world::World| {
        let all = world.channels.get(&channel)?.thread(&thread);
        (all.filter(|one| one.all_text().contains("told twice")).count() == 1).then_some(())
    };
    stage.slack.until("one of the two", once).await.unwrap();
}

#[tokio::test]
async fn a_look_that_slack_refuses_is_made_again_and_doubles_nothing() {
    // CHAOS F10 c
    let stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    stage.slack.fail("chat.postMessage", Fault::StatusAfter(503), Often::Next(1));
    stage.slack.fail("conversations.replies", Fault::Error("code_of_tomorrow".into()), Often::Next(2));
    stage.outlet().note(&location, ONE, "n", note("in doubt")).await;
    assert_eq!((stage.showing(&location, "in doubt").len(), stage.dead_letters()), (1, vec![]));
}

#[tokio::test]
async fn what_passes_by_itself_is_waited_for() {
    // CHAOS F10 d
    for code in ["team_added_to_org", "message_limit_exceeded", "restricted_action_read_only_channel"] {
        let mut stage = OutboundStage::start().await.unwrap();
        let location = stage.session(ONE).await;
        stage.shown(&location, "Session:*").await;
        stage.slack.fail("chat.postMessage", Fault::Error(code.into()), Often::Next(1));
        let before = stage.slack.calls("chat.postMessage").len();
        stage.asks(ONE, "npm test").await;
        let tried = |world: &mut e2e::slack::world::World| {
            let tries = world.witness.calls.iter().filter(|call| call.method == "chat.postMessage");
            (tries.count() > before).then_some(())
        };
        stage.slack.until("the refused try", tried).await.unwrap();
        stage.crash().await;
        stage.begin().await.unwrap();
        stage.shown(&location, "Run `npm test`?").await;
        assert_eq!(stage.dead_letters(), [], "{code}");
    }
}

#[tokio::test]
async fn a_milestone_stands_behind_the_words_that_announce_it() {
    // UX B16, I4: the milestone is told as it happens, the words are read a moment later
    let stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    stage.reaches(ONE, 2_000, "A greeting").await;
    stage.says(ONE, "a", 1_000, "Good. Here is the plan.", true).await;
    // The card in front has it without the stars.
    stage.shown(&location, "*A greeting*").await;
    let texts: Vec<_> = stage.thread(&location).iter().skip(1).map(e2e::slack::Message::all_text).collect();
    assert!(texts[0].contains("Here is the plan") && texts[1].contains("A greeting"), "{texts:#?}");
    // Without any words it comes all the same.
    stage.reaches(ONE, 90_000, "Tests are green").await;
    stage.shown(&location, "*Tests are green*").await;
}

#[tokio::test]
async fn nobody_reads_the_gateways_own_words_as_a_persons() {
    // UX B24: who resumed it is told by a note
    let stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    stage.wrote(ONE, "msg_gwgoon000001", "You were paused in the middle of your work.").await;
    stage.says(ONE, "a", 2_000, "I go on.", true).await;
    stage.shown(&location, "I go on.").await;
    assert_eq!(stage.showing(&location, "You were paused").len(), 0, "{}", stage.slack.transcript());
}

#[tokio::test]
async fn what_did_not_arrive_is_tried_again_in_order() {
    // REQ-SLACK-03, I4
    for fault in
        [Fault::RateLimited(1), Fault::Status(500), Fault::ResetBefore, Fault::Error("internal_error".into())]
    {
        let stage = OutboundStage::start().await.unwrap();
        let location = stage.session(ONE).await;
        stage.shown(&location, "Session:*").await;
        stage.slack.fail("chat.postMessage", fault.clone(), Often::Next(1));
        stage.says(ONE, "a", 1_000, "first words", true).await;
        stage.asks(ONE, "second").await;
        stage.shown(&location, "Run `second`?").await;
        let texts: Vec<_> = stage.thread(&location).iter().skip(1).map(|one| one.text.clone()).collect();
        assert_eq!(texts, ["first words", "Run `second`?"], "{fault:?}");
    }
}

#[tokio::test]
async fn killed_before_or_after_slack_took_it_the_message_is_there_once() {
    // REQ-STATE-03, REQ-SLACK-05, I3
    for fault in [Fault::TimeoutAfter, Fault::TimeoutBefore] {
        let mut stage = OutboundStage::start().await.unwrap();
        let location = stage.session(ONE).await;
        stage.shown(&location, "Session:*").await;
        stage.slack.fail("chat.postMessage", fault.clone(), Often::Next(1));
        stage.asks(ONE, "npm test").await;
        let tried = |world: &mut e2e::slack::world::World| {
            let tries = world.witness.calls.iter().filter(|call| call.method == "chat.postMessage");
            (tries.count() == 2).then_some(())
        };
        stage.slack.until("the try", tried).await.unwrap();
        stage.crash().await;
        stage.begin().await.unwrap();
        stage.shown(&location, "Run `npm test`?").await;
        stage.outlet().note(&location, ONE, "n", note("behind it")).await;
        assert_eq!(stage.showing(&location, "npm test").len(), 1, "{fault:?}\n{}", stage.slack.transcript());
        assert_eq!(stage.thread(&location).len(), 3);
    }
}

#[tokio::test]
async fn after_a_restart_only_what_changed_is_drawn() {
    // REQ-STATE-03, REQ-ASK-08
    let mut stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    let ask = stage.asks(ONE, "npm test").await;
    stage.shown(&location, "Run `npm test`?").await;
    stage.slack.fail("chat.update", Fault::TimeoutBefore, Often::Next(9));
    stage.answers(ONE, &ask, Answer::Once).await;
    stage.crash().await;
    stage.slack.heal();
    let before = stage.slack.calls("chat.postMessage").len();
    stage.begin().await.unwrap();
    stage.shown(&location, "Allowed once: `npm test`").await;
    assert_eq!(stage.slack.calls("chat.postMessage").len(), before, "nothing is posted again");
}

#[tokio::test]
async fn what_slack_refuses_becomes_a_dead_letter_that_can_be_sent_again() {
    // REQ-SLACK-03
    let stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    stage.slack.fail("chat.postMessage", Fault::Error("invalid_blocks".into()), Often::Next(1));
    stage.says(ONE, "a", 1_000, "refused words", true).await;
    stage.asks(ONE, "goes on").await;
    stage.shown(&location, "Run `goes on`?").await;
    let [letter] = &stage.dead_letters()[..] else { panic!("{:?}", stage.dead_letters()) };
    assert!(letter.reason.contains("invalid_blocks") && letter.text == "refused words", "{letter:?}");
    gateway::slack::outbound::DeadLetters::in_state(&stage.state()).send(&letter.id).unwrap();
    stage.shown(&location, "refused words").await;
    assert_eq!(stage.dead_letters(), []);
}

#[tokio::test]
async fn an_archived_channel_or_a_revoked_token_loses_nothing() {
    // REQ-SLACK-03: a person can mend it, so it is waited for
    let mut stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    for change in [true, false] {
        stage.slack.world(|world| match change {
            true => world.channels.get_mut(&location.channel).unwrap().archived = true,
            false => world.app.revoked = true,
        });
        let command = format!("command {change}");
        let refused = stage.slack.calls("chat.postMessage").len();
        stage.asks(ONE, &command).await;
        let tried = |world: &mut e2e::slack::world::World| {
            let tries = world.witness.calls.iter().filter(|call| call.method == "chat.postMessage");
            (tries.count() > refused).then_some(())
        };
        stage.slack.until("a refused try", tried).await.unwrap();
        stage.slack.world(|world| {
            world.channels.get_mut(&location.channel).unwrap().archived = false;
            world.app.revoked = false;
        });
        stage.crash().await;
        stage.begin().await.unwrap();
        stage.shown(&location, &format!("Run `{command}`?")).await;
        assert_eq!(stage.dead_letters(), []);
    }
}

#[tokio::test]
async fn an_ask_that_a_person_deleted_comes_back_and_words_do_not() {
    // REQ-ASK-01
    let stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    stage.says(ONE, "a", 1_000, "some words", true).await;
    stage.asks(ONE, "npm test").await;
    let card = stage.shown(&location, "Run `npm test`?").await;
    let words = stage.shown(&location, "some words").await;
    stage.slack.world(|world| {
        let channel = world.channels.get_mut(&location.channel).unwrap();
        channel.messages.remove(&card.ts);
        channel.messages.remove(&words.ts);
    });
    stage.says(ONE, "a", 1_000, "some other words", true).await;
    let by = gateway_domain::Person { id: "web:ann".into(), name: "Ann".into() };
    stage.takes_aside(&stage.open_ask(), by).await;
    let again = stage.shown(&location, "Run `npm test`?").await;
    assert_ne!(again.ts, card.ts);
    assert_eq!(stage.showing(&location, "words").len(), 0, "{}", stage.slack.transcript());
}

#[tokio::test]
async fn an_ask_overtakes_other_threads_and_streamed_text() {
    // REQ-ASK-01, REQ-SLACK-04
    let stage = OutboundStage::start().await.unwrap();
    let (one, two) = (stage.session(ONE).await, stage.session(TWO).await);
    stage.shown(&one, "Session:*").await;
    stage.shown(&two, "Session:*").await;
    for n in 0..5 {
        stage.says(TWO, &format!("{n}"), 1_000 + n, &format!("words {n}"), true).await;
    }
    for n in 0..50 {
        stage.says(TWO, "live", 9_000, &"more and more words ".repeat(n + 1), false).await;
    }
    let asked = Instant::now();
    stage.asks(ONE, "npm test").await;
    stage.shown(&one, "Run `npm test`?").await;
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    stage.shown(&two, "Thinking").await;
    let limited = stage.slack.calls("chat.postMessage").into_iter().filter(|call| call.status == 429).count();
    assert_eq!(limited, 0, "the limit is kept before Slack names it");
    let order: Vec<_> = stage.thread(&two).iter().skip(1).take(5).map(|one| one.text.clone()).collect();
    assert_eq!(order, ["words 0", "words 1", "words 2", "words 3", "words 4"]);
}

#[tokio::test]
async fn a_thread_is_opened_once_for_its_key_and_refused_at_once() {
    // REQ-START-02, REQ-THREAD-01
    let mut stage = OutboundStage::start().await.unwrap();
    let first = stage.session(ONE).await;
    stage.crash().await;
    stage.begin().await.unwrap();
    assert_eq!(stage.session(ONE).await, first, "also after a restart");
    let silent = stage.slack.channel("elsewhere", &[]);
    stage.slack.archive(&silent);
    let at =
        gateway::slack::outbound::ThreadTarget { team: stage::TEAM.into(), channel: silent, thread: None };
    let opening = gateway::slack::outbound::Opening {
        title: "x".into(),
        by: "Ann".into(),
        project: None,
        works_in: None,
        asked_in: None,
    };
    let refused = stage.outlet().open_thread(at, &key_of(TWO), opening).await.unwrap_err();
    assert_eq!(refused.code, "is_archived");
}

#[tokio::test]
async fn long_words_are_split_and_numbered() {
    // REQ-THREAD-02
    let stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    let long = "A paragraph of some words.\n\n".repeat(700);
    stage.says(ONE, "long", 1_000, &long[..200], false).await;
    stage.shown(&location, "Thinking").await;
    stage.says(ONE, "long", 1_000, &long, true).await;
    stage.shown(&location, "(3/3)").await;
    stage.shown(&location, "(1/3)").await;
    assert_eq!(stage.thread(&location).len(), 4);
    assert!(stage.showing(&location, "Thinking").is_empty());
}

#[tokio::test]
async fn what_a_person_wrote_in_the_thread_is_not_repeated_there() {
    // REQ-START-08
    let stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.outlet().came_from(ONE, "msg_mine", "1.5").await;
    stage.wrote(ONE, "msg_mine", "my own words").await;
    stage.wrote(ONE, "msg_other", "from the console").await;
    stage.shown(&location, "from the console").await;
    assert!(stage.showing(&location, "my own words").is_empty());
}

#[tokio::test]
async fn what_no_window_can_hold_is_a_file_in_the_thread_once() {
    // The card tells the whole truth; REQ-SLACK-05 for files
    for fault in [None, Some(Fault::ResetAfter)] {
        let mut stage = OutboundStage::start().await.unwrap();
        let location = stage.session(ONE).await;
        stage.shown(&location, "Session:*").await;
        if let Some(fault) = fault {
            stage.slack.fail("files.completeUploadExternal", fault, Often::Next(1));
        }
        let huge = "echo 1234567890\n".repeat(9_000);
        stage.asks(ONE, &huge).await;
        stage.shown(&location, "Run `echo 1234567890").await;
        stage.noted(ONE, "file:").await;
        stage.crash().await;
        stage.begin().await.unwrap();
        stage.outlet().note(&location, ONE, "n", note("afterwards")).await;
        let files: Vec<_> = stage.thread(&location).into_iter().flat_map(|one| one.files).collect();
        assert_eq!(files.len(), 1, "{}", stage.slack.transcript());
        assert_eq!(files[0]["size"], huge.len());
    }
}

#[tokio::test]
async fn a_file_that_many_want_is_shared_once_also_over_a_crash() {
    // REQ-SLACK-05 for files: nobody was told that it is shared, and the gateway died before it could look
    let mut stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    let text_file = TextFile { ending: "diff", title: "What changed".into(), text: "+line\n".repeat(9_000) };
    stage.slack.fail("files.completeUploadExternal", Fault::TimeoutAfter, Often::Next(1));
    let outlet = stage.outlet();
    let wanted = outlet.file(&location, ONE, "patch.1", &text_file);
    let taken = |world: &mut e2e::slack::world::World| {
        world.files.all.values().any(|file| file.complete).then_some(())
    };
    tokio::select! {
        _ = wanted => panic!("Slack never answered"),
        taken = stage.slack.until("the share", taken) => taken.unwrap(),
    }
    drop(outlet);
    stage.crash().await;
    stage.begin().await.unwrap();
    let outlet = stage.outlet();
    let want = || outlet.file(&location, ONE, "patch.1", &text_file);
    assert_eq!(tokio::join!(want(), want(), want()), (true, true, true));
    let files: Vec<_> = stage.thread(&location).into_iter().flat_map(|one| one.files).collect();
    assert_eq!(files.len(), 1, "{}", stage.slack.transcript());
    assert_eq!((&files[0]["title"], &files[0]["filetype"]), (&"What changed".into(), &"diff".into()));
    assert!(outlet.file(&location, ONE, "patch.2", &text_file).await, "another key is another file");
    assert_eq!(stage.thread(&location).into_iter().flat_map(|one| one.files).count(), 2);
}

#[tokio::test]
async fn the_thread_says_that_the_agent_waits_where_slack_has_a_line_for_it() {
    let stage = OutboundStage::start().await.unwrap();
    let location = stage.session(ONE).await;
    stage.asks(ONE, "npm test").await;
    stage.shown(&location, "Run `npm test`?").await;
    let line = |world: &mut e2e::slack::world::World| {
        let calls =
            &mut world.witness.calls.iter().filter(|call| call.method == "assistant.threads.setStatus");
        calls.any(|call| call.args["status"] == "is waiting for your answer" && call.ok()).then_some(())
    };
    stage.slack.until("the line", line).await.unwrap();
}
