//! Every route, with what is said of it in the document.

use super::openapi::{Table, Tag, about};
use super::{
    Api, ask_routes, bridge, check_routes, choice_routes, delivery_routes, grant_routes, health, lab_routes,
    me_routes, passkey_routes, project_routes, review_routes, sent_files, session_stream, sessions, setup,
    state_routes, steer, thread, workspace_routes,
};
use crate::access::{self, Access};
use std::sync::Arc;

/// What people and programs do, once they are known.
pub(super) fn v1() -> Table<Api> {
    let table = Table::guarded("/api/v1");
    let of_sessions = asks_of(threads_of(checks_of(steering(sessions_of(table)))));
    others(passkeys_of(deliveries_of(labs_of(work_of(of_sessions)))))
}

fn sessions_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Sessions, summary);
    table
        .get("/sessions", sessions::list, about("All sessions, newest first"))
        .post(
            "/sessions",
            sessions::create,
            about("Start a session, with its first message if there is one")
                .details("If a session was already started with this `key`, that session is returned (200).")
                .success(&[200, 201])
                .through_pod()
                .decided()
                .refuses(&[500, 507]),
        )
        .get("/sessions/{id}", sessions::show, about("One session"))
        .get(
            "/sessions/{id}/messages",
            sessions::messages,
            about("The session's messages as OpenCode has them").through_pod(),
        )
        .get(
            "/sessions/{id}/messages/{message}/files/{file}",
            sent_files::show,
            about("Content of a file attached to a message")
                .details(
                    "Use the ids from the thread. Images are served for display, everything else as a \
                        download; the type follows from the content. Secrets in text are masked.",
                )
                .through_pod(),
        )
        .get("/sessions/{id}/diff", sessions::diff, about("Files that the session changed").through_pod())
        .get("/sessions/{id}/events", session_stream::events, about("Raw session events (SSE)"))
}

fn steering(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Sessions, summary);
    table
        .post(
            "/sessions/{id}/messages",
            steer::say,
            about("Write to the agent")
                .details(
                    "Repeating a message with the same `key` has no further effect. Up to 10 files with \
                    5 MiB in total: text, images, PDF.",
                )
                .success(&[202])
                .decided(),
        )
        .post("/sessions/{id}/abort", steer::stop, about("Stop the agent's turn").decided())
        .post("/sessions/{id}/pause", steer::pause, about("Pause the session; messages are queued").decided())
        .post("/sessions/{id}/resume", steer::resume, about("Resume a paused session").decided())
        .post(
            "/sessions/{id}/retry",
            steer::retry,
            about("Retry the last turn after it failed")
                .details(
                    "Uses the agent and model that are chosen now. Nothing is added to the conversation.",
                )
                .decided(),
        )
        .post("/sessions/{id}/close", steer::close, about("Close the session").decided())
        .post(
            "/sessions/{id}/reopen",
            steer::reopen,
            about("Reopen a closed session").decided().refuses(&[404, 409]),
        )
        .post("/sessions/{id}/rename", sessions::rename, about("Rename the session").through_pod())
        .post("/sessions/{id}/hold", sessions::hold, about("Which tool calls need approval").through_pod())
        .post(
            "/sessions/{id}/hand-over",
            sessions::hand_over,
            about("Hand the session over to another pod")
                .details("Only the pod that a session lives in speaks for it. The thread and the audit log note it.")
                .through_pod(),
        )
}

fn checks_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Sessions, summary);
    table
        .get(
            "/sessions/{id}/checks",
            check_routes::show,
            about("Checks that can be run, and how the latest ended")
                .details("What is offered comes from the project's configuration and from its files.")
                .through_pod(),
        )
        .post(
            "/sessions/{id}/checks",
            check_routes::run,
            about("Run checks")
                .details("They run one after the other; the thread says what came of them. A check that is running already isn't started twice.")
                .through_pod()
                .decided(),
        )
        .post("/sessions/{id}/checks/stop", check_routes::stop, about("Stop checks that are running").decided())
        .get(
            "/sessions/{id}/checks/{check}/output",
            check_routes::output,
            about("What a check printed").details("The end of it, without secrets."),
        )
}

fn threads_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Threads, summary);
    table
        .get("/cards", thread::cards, about("A card for every session"))
        .get("/cards/events", thread::card_events, about("The same, live"))
        .get("/sessions/{id}/thread", thread::show, about("The session's thread as people see it"))
        .get(
            "/sessions/{id}/thread/events",
            thread::events,
            about("The same, live").details("When a text only grew, the event has just the addition."),
        )
}

fn asks_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Asks, summary);
    table
        .get("/asks", ask_routes::list, about("Open requests, oldest first"))
        .get("/asks/{id}", ask_routes::show, about("One request, also after it was closed"))
        .post(
            "/asks/{id}/answer",
            ask_routes::answer,
            about("Answer a request")
                .details(
                    "`digest` says what the person saw: if the request has changed since, the answer is \
                    refused. With `grant`, calls like this one run without a request from then on.",
                )
                .decided(),
        )
        .post(
            "/asks/{id}/challenge",
            passkey_routes::challenge,
            about("What my passkey signs to answer a request")
                .details("For this answer and for the request as it is now, once, for 5 minutes.")
                .decided()
                .refuses(&[403, 409]),
        )
        .post(
            "/asks/{id}/reveal",
            ask_routes::reveal,
            about("Show what is hidden on a request's card")
                .details("Only to people who can answer it, while it is open. The audit log notes it.")
                .decided(),
        )
        .post("/asks/{id}/aside", ask_routes::aside, about("Mark a request as discussed elsewhere").decided())
        .get(
            "/reviews",
            review_routes::list,
            about("Overrides of the rules that nobody has reviewed yet, those that are due first"),
        )
        .post(
            "/asks/{id}/review",
            review_routes::review,
            about("Say that you looked at an override")
                .details("Someone else than the person who overrode the rules. The thread and the audit log say so.")
                .decided(),
        )
        .get(
            "/grants",
            grant_routes::list,
            about("Calls that were allowed for longer than once, newest first").details(
                "Those in force come first; of those that ended the newest 500 of the last 30 days.",
            ),
        )
        .delete(
            "/grants/{id}",
            grant_routes::revoke,
            about("Revoke a grant; the next call like it is asked about").refuses(&[404, 409, 503]),
        )
}

fn passkeys_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Access, summary);
    table
        .get("/me/passkeys", passkey_routes::list, about("My passkeys"))
        .post(
            "/me/passkeys/begin",
            passkey_routes::begin,
            about("What my browser makes a passkey with").refuses(PASSKEYS),
        )
        .post(
            "/me/passkeys",
            passkey_routes::enrol,
            about("Add a passkey")
                .details(
                    "The first one counts at once. For each further one an older one has to sign `confirm`.",
                )
                .refuses(PASSKEYS),
        )
        .post(
            "/me/passkeys/confirm",
            passkey_routes::confirm,
            about("Confirm a new passkey with an older one").refuses(PASSKEYS),
        )
        .post(
            "/me/passkeys/{id}/challenge",
            passkey_routes::removal,
            about("What a passkey of mine signs to remove this one").refuses(PASSKEYS),
        )
        .post(
            "/me/passkeys/{id}/remove",
            passkey_routes::remove,
            about("Remove a passkey")
                .details("With the touch of a passkey, or within 15 minutes of a sign-in with the provider.")
                .refuses(PASSKEYS),
        )
}

/// What a passkey may be refused with.
const PASSKEYS: &[u16] = &[400, 403, 409, 503];

fn work_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Work, summary);
    table
        .post(
            "/projects",
            project_routes::add_project,
            about("Add a project to the list; it gets the next free id").success(&[201]).refuses(&[409, 503]),
        )
        .get(
            "/projects/infer",
            project_routes::infer,
            about("Suggest a project for a title, with values to fill in"),
        )
        .get(
            "/workspaces",
            workspace_routes::workspaces,
            about("All workspaces: size, session, unsaved work").refuses(WORK),
        )
        .post(
            "/workspaces/{name}/remove",
            workspace_routes::remove_workspace,
            about("Remove a workspace")
                .details("Refused (409) with a list of what would be lost, unless `confirmed` is set.")
                .refuses(WORK),
        )
        .get("/models", choice_routes::models, about("The configured models, and whether each is available"))
        .post(
            "/sessions/{id}/model",
            choice_routes::choose_model,
            about("Switch the model from the next message on").decided().refuses(&[409]),
        )
        .post(
            "/sessions/{id}/agent",
            choice_routes::choose_agent,
            about("Switch the agent from the next message on").decided(),
        )
        .get(
            "/starts/{key}",
            workspace_routes::start,
            about("Progress of a start, by its key; empty until it is known"),
        )
}

fn labs_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Work, summary);
    table
        .get("/labs", lab_routes::list, about("All labs, newest first: state, link, size, owner"))
        .get("/sessions/{id}/lab", lab_routes::show, about("How the session's lab stands").refuses(&[404]))
        .get(
            "/sessions/{id}/lab/log",
            lab_routes::log,
            about("The last lines that the session's lab wrote").refuses(&[404]),
        )
        .post(
            "/sessions/{id}/lab/deploy",
            lab_routes::deploy,
            about("Deploy the session's work to its lab")
                .details(
                    "What the lab had before is replaced. A recipe that nobody has allowed yet becomes a \
                    request. While a deploy is under way another one changes nothing (409).",
                )
                .decided(),
        )
        .post(
            "/sessions/{id}/lab/take-over",
            lab_routes::take_over,
            about("Overwrite what someone else changed of the session's lab")
                .details(
                    "For a deploy that failed because another field manager has some of its fields \
                    (`can_take_over`): the same attempt is applied once more, by force. Otherwise nothing \
                    changes (409).",
                )
                .decided(),
        )
        .post(
            "/sessions/{id}/lab/clean",
            lab_routes::clean,
            about("Remove the session's lab; nothing else is deleted").decided(),
        )
}

fn deliveries_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Work, summary);
    table
        .get("/deliveries", delivery_routes::list, about("All deliveries, newest first, and how each stands"))
        .get(
            "/deliveries/{run}",
            delivery_routes::show,
            about("One delivery: what happened, what was measured, who approved what, and what it used"),
        )
        .get(
            "/deliveries/{run}/patch",
            delivery_routes::patch,
            about("What a delivery changes, as a patch").details("Of the newest tree that was measured."),
        )
        .post(
            "/deliveries/{run}/steer",
            delivery_routes::steer,
            about("Steer a delivery that is under way")
                .details(
                    "Pause, resume or stop it; deliver what is there by now; have the agent fix CI, take in what \
                    others pushed, or address reviews; say that the risk is higher than it was computed. What \
                    doesn't fit how it stands is refused (409).",
                )
                .decided(),
        )
        .post(
            "/sessions/{id}/deliver",
            delivery_routes::deliver,
            about("Turn the session's work into a pull request, one for each repository with changes")
                .details(
                    "The agent has to rest, and the session needs its own workspace. With `only` it goes less far \
                    than its project allows: `shadow` measures and judges without writing anything outside, \
                    `draft` ends with a draft.",
                )
                .decided(),
        )
        .get("/delivery-mode", delivery_routes::mode, about("How far deliveries go by themselves"))
        .put(
            "/delivery-mode",
            delivery_routes::switch,
            about("Switch how far deliveries go by themselves")
                .details(
                    "Effective before the next write outside, also for those under way; never further than the \
                    configuration says.",
                )
                .refuses(&[409, 503]),
        )
}

/// What work on a disk may be refused with.
const WORK: &[u16] = &[409, 429, 500, 502, 504, 507];

fn others(table: Table<Api>) -> Table<Api> {
    let of_me = |summary| about(Tag::About, summary);
    let of_operation = |summary| about(Tag::Operation, summary);
    table
        .get("/me", me_routes::me, of_me("Who I am"))
        .get(
            "/vocabulary",
            me_routes::vocabulary,
            of_me("What forms offer and check: categories, priorities, limits"),
        )
        .get("/projects", project_routes::projects, of_me("Directories where sessions can run"))
        .get("/routing", choice_routes::routing, of_me("Suggest an agent and a model for a task"))
        .get("/choices", choice_routes::choices, of_me("The models and agents that OpenCode has"))
        .get("/presence", me_routes::presence, of_me("Who is using OpenCode's web UI, and in which session"))
        .get("/audit", state_routes::audit, of_me("The audit log, newest first").refuses(&[503]))
        .get("/bridge", bridge::status, of_operation("OpenCode pods and their connections"))
        .get("/state", state_routes::state, of_operation("Store health"))
        .get("/setup", setup::setup, of_operation("The gateway's settings, without secrets"))
}

/// How a person comes in; nobody is known yet.
pub(super) fn door() -> Table<Arc<Access>> {
    Table::new()
        .get("/api/v1/sign-in", access::offers, about(Tag::Access, "How people can sign in"))
        .post(
            "/api/v1/sign-in",
            access::sign_in,
            about(Tag::Access, "Sign in with the gateway's token and a name").refuses(&[401, 403, 409, 429]),
        )
        .post("/api/v1/sign-out", access::sign_out, about(Tag::Access, "Sign out").refuses(&[507]))
}

/// How a command line comes in. The provider is asked meanwhile.
pub(super) fn devices() -> Table<Arc<Access>> {
    let about = |summary| about(Tag::Access, summary);
    Table::new()
        .post(
            "/api/v1/sign-in/device",
            access::begin_device,
            about("Begin a sign-in at a command line")
                .details("Shows a code that the person confirms at the sign-in provider, in any browser (RFC 8628).")
                .refuses(&[403, 409, 429, 502]),
        )
        .post(
            "/api/v1/sign-in/device/token",
            access::ask_device,
            about("Whether the person has confirmed; then a token that is theirs for 12 hours")
                .refuses(&[403, 409, 429, 503]),
        )
}

/// What whoever is in may do about coming in.
pub(super) fn links() -> Table<Arc<Access>> {
    Table::guarded("/api/v1")
        .post(
            "/links",
            access::invite,
            about(Tag::Access, "A link that signs in one browser, once")
                .details("For the person named by a program, or else for the person who is signed in.")
                .refuses(&[409, 429]),
        )
        .get("/me/sign-ins", access::own_sign_ins, about(Tag::Access, "Where I am signed in"))
        .delete(
            "/me/sign-ins/{id}",
            me_routes::end_sign_in,
            about(Tag::Access, "Sign out there")
                .details("Ends at once, with what is open there and with sign-ins that came from it.")
                .refuses(&[507]),
        )
}

pub(super) fn operation() -> Table<Api> {
    let about = |summary| about(Tag::Operation, summary);
    Table::new()
        .get("/healthz", health::alive, about("Liveness"))
        .get("/readyz", health::ready, about("Readiness").refuses(&[503]))
        .get("/metrics", health::metrics, about("Metrics in OpenMetrics format").refuses(&[500]))
}
