//! End-to-end tests, one binary. Each file is a part of the product, each test cites what it proves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

mod bridge_faults;
mod bridge_link;
mod bridge_resume;
mod bucket;
mod chaos;
mod cli;
mod cluster;
mod codev_entrypoint;
mod delivery;
mod forged_state;
mod front;
mod full_disk;
mod github_sign_in;
mod grants;
mod handover;
mod kills_double;
mod kube_double;
mod labs;
mod labs_cluster;
mod labs_files;
mod limits;
mod observed;
mod old_state;
mod people;
mod pod_follows;
mod pod_names;
mod pod_tokens;
mod pod_words;
mod real_approvals;
mod real_checks;
mod real_crashes;
mod real_delivery;
mod real_exploring;
mod real_exploring_slack;
mod real_files;
mod real_gate;
mod real_guard;
mod real_guarded_work;
mod real_hostile;
mod real_kills;
mod real_opencode_ui;
mod real_playground;
mod real_traces;
mod real_turns;
mod real_workspaces;
mod rules;
mod session_task;
mod sign_in_record;
mod slack_in;
mod slack_manifest;
mod slack_out;
mod slack_sim;
mod slack_soak;
mod state_cli;
mod streams;
mod tidy;
mod tidy_audit;
mod tidy_docs;
mod tidy_words;
mod walls;
mod witnesses;
mod work;
