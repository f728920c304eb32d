//! How a change leaves (REQ-DELIVER-03, -04, -06, -15): an agent's commits and files are brought by hash into a repository
//! that no agent can write, measured and scanned there, sealed as one commit, and pushed from there.
//!
//! The agent's repository is hostile. Neither git nor libgit2 ever opens it: its references and objects are read as plain
//! files, by name from a folder that is held open, and each object is believed only once its hash was computed here. So its
//! settings, hooks, filters, attributes, alternates, index and submodules have no say in anything.

mod attributes;
mod bring_over;
mod commits_between;
mod content;
mod dependencies;
mod fault;
mod fetch;
mod forged_entries;
mod generated;
mod git_data;
mod git_output;
mod git_program;
mod held_folder;
mod ignore_rules;
mod large_files;
mod limits;
mod loose_object;
mod measure;
mod own_folder;
mod pack_measure;
mod packs;
mod push;
mod push_answer;
mod quarantine;
mod remote;
mod seal;
mod secret_files;
mod secret_scan;
mod steering;
mod test_names;
mod tree_files;
mod working_tree;

pub use bring_over::{AgentsFolder, Brought, Leaving, bring_over};
pub use fault::OutgoingFault;
pub use fetch::{fetch_base, fetch_branch};
pub use generated::is_generated;
pub use git_program::GitProgram;
pub use limits::Limits;
pub use measure::measure;
pub use own_folder::{Outgoing, Store, changed_paths};
pub use push::{Expected, Push, Pushed, Stranger, head_of, push};
pub use remote::{Remote, RemoteFault};
pub use seal::{Person, SealOrder, parents_for, seal};
pub use secret_scan::{Scanned, scan_text};
pub use steering::{steering_words, without_steering};
pub use test_names::is_test;
