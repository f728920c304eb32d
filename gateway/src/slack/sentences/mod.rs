//! Every sentence that people read in Slack, as functions, a file for each topic. Nothing here knows of blocks.
//!
//! What comes from an agent or a person is escaped where it is put in (`formatting::esc`), or by whoever shows the whole: so a
//! sentence is mrkdwn that notifies nobody and links nowhere.

mod ask_sentences;
mod button_labels;
mod check_sentences;
mod command_sentences;
mod delivery_sentences;
mod grant_sentences;
mod lab_sentences;
mod message_sentences;
mod refusals;
mod session_sentences;
mod start_sentences;

pub(crate) use ask_sentences::{
    EXACTLY_THIS, NO_REASON, OVERRIDES, STILL_WRITING, emoji, outcome, taken_aside, terms, warning,
};
pub(crate) use button_labels::{
    ALLOW_LONGER, APPROVE_IN_CONSOLE, APPROVE_WITH_PASSKEY, ASIDE, DETAILS, OVERRIDE, OVERRIDE_IN_CONSOLE,
    OWN_WORDS, REVOKE,
};
pub(crate) use check_sentences::checks;
pub(crate) use command_sentences::{
    CHANNEL_HELP, CHECKS_RUN, CHECKS_STOPPED, NOT_ADMINISTRATOR, WHICH_AGENT, WHICH_MODEL, channel_set,
    log_head, no_log_head, no_such_project, no_such_repository, posted_log_head,
};
pub(crate) use delivery_sentences::{DELIVERING, NOTHING_UNDER_WAY};
pub(crate) use grant_sentences::{grant, revoked};
pub(crate) use lab_sentences::{DEPLOYING, NO_LABS, REMOVING_LAB, deploy_button, lab, lab_in_a_line};
pub(crate) use message_sentences::{
    EDITED, FILE_IS_THERE, FILE_NOT_TAKEN, NO_PATCH, NO_SUCH_ITEM, NO_THREAD_HERE, NOT_SHOWN, REPEAT_COMMAND,
    files_not_taken, heard,
};
pub(crate) use refusals::{NOT_STORED, OLD_BUTTON, refusal, turned_away};
pub(crate) use session_sentences::{
    changed, doing, in_use, messages_queued, milestone_emoji, named, starting, steered, switched, what_to_do,
    which_session,
};
pub(crate) use start_sentences::{
    MESSAGE_GONE, NO_TASK, NOT_OPENED, TOO_LATE, WHERE_TO_WORK, no_thread, not_started, routing,
};

/// Longest piece of somebody's text in a sentence.
const QUOTED: usize = 140;
