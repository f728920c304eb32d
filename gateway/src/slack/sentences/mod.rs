//! Every sentence that people read in Slack, as functions, a file for each topic. Nothing here knows of blocks.
//!
//! What comes from an agent or a person is escaped where it is put in (`formatting::esc`), or by whoever shows the whole: so a
//! sentence is mrkdwn that notifies nobody and links nowhere.

mod ask_outcome;
mod ask_sentences;
mod button_labels;
mod command_sentences;
mod message_sentences;
mod refusals;
mod session_sentences;
mod start_sentences;

pub(crate) use ask_outcome::outcome;
pub(crate) use ask_sentences::{
    EXACTLY_THIS, MAY_HAVE_RUN, STILL_WRITING, SUSPENDED, dangers, is_recommended, plain_label, ran_before,
    silence, subject, subject_line, summary, taken_aside, tool, two_people, unstored, wants, who_may_answer,
};
pub(crate) use button_labels::{
    ALLOW_LATE, ALLOW_ONCE, ANSWER, ANSWER_LATE, ASIDE, DENY, DENY_WITH_REASON, DETAILS, GO_ON, OWN_WORDS,
    SET_UP,
};
pub(crate) use command_sentences::{
    CHANNEL_HELP, NO_LAB, NOT_ADMINISTRATOR, WHICH_AGENT, WHICH_MODEL, channel_set, no_such_project,
    no_such_repository,
};
pub(crate) use message_sentences::{
    EDITED, FILE_IS_THERE, FILE_NOT_TAKEN, NO_PATCH, NO_SUCH_ITEM, NO_THREAD_HERE, NOT_SHOWN,
    files_not_taken, message_queued, queued_at_limit, taken,
};
pub(crate) use refusals::{CHANGED, NO_SUCH_ASK, NOT_STORED, OLD_BUTTON, refusal, turned_away};
pub(crate) use session_sentences::{
    changed, doing, in_use, messages_queued, milestone_emoji, named, starting, steered, switched, what_to_do,
    which_session,
};
pub(crate) use start_sentences::{
    MESSAGE_GONE, NO_TASK, NOT_OPENED, TOO_LATE, WHERE_TO_WORK, no_thread, not_started, routing,
};

/// Longest piece of somebody's text in a sentence.
const QUOTED: usize = 140;
