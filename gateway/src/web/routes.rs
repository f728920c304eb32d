//! Every route, with what is said of it in the document.

use super::openapi::{Table, Tag, about};
use super::{
    Api, about as me, ask_routes, bridge, health, sent_files, session_stream, sessions, setup, steer, thread,
    work,
};
use crate::access::{self, Access};
use std::sync::Arc;

/// What people and programs do, once they are known.
pub(super) fn v1() -> Table<Api> {
    let table = Table::guarded("/api/v1");
    others(work_of(asks_of(threads_of(steering(sessions_of(table))))))
}

fn sessions_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Sessions, summary);
    table
        .get("/sessions", sessions::list, about("All sessions, newest first"))
        .post(
            "/sessions",
            sessions::create,
            about("Start a session, with its first message if there is one")
                .details("With a `key` that a session was started with before, it is that session (200).")
                .success(&[200, 201])
                .through_pod()
                .decided()
                .refuses(&[500, 507]),
        )
        .get("/sessions/{id}", sessions::show, about("One session"))
        .get(
            "/sessions/{id}/messages",
            sessions::messages,
            about("Its messages as OpenCode has them").through_pod(),
        )
        .get(
            "/sessions/{id}/messages/{message}/files/{file}",
            sent_files::show,
            about("What is in a file of a message")
                .details(
                    "By the ids that the thread tells. Pictures are shown, everything else is kept by whoever asks: what it is \
                     follows from its content. Secrets in a text are masked.",
                )
                .through_pod(),
        )
        .get("/sessions/{id}/diff", sessions::diff, about("What changed in its files").through_pod())
        .get("/sessions/{id}/events", session_stream::events, about("The raw picture, live"))
}

fn steering(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Sessions, summary);
    table
        .post(
            "/sessions/{id}/messages",
            steer::say,
            about("Write to the agent")
                .details("With a `key` it is written once, however often it is sent. At most 10 files with 5 MiB together: text, images, PDF.")
                .success(&[202])
                .decided(),
        )
        .post("/sessions/{id}/abort", steer::stop, about("Stop what the agent is doing").decided())
        .post("/sessions/{id}/pause", steer::pause, about("Pause: the agent stops, messages wait").decided())
        .post("/sessions/{id}/resume", steer::resume, about("Go on after a pause").decided())
        .post(
            "/sessions/{id}/retry",
            steer::retry,
            about("Go on where the last turn failed")
                .details("With the agent and the model that are chosen now. Nothing is added to the conversation.")
                .decided(),
        )
        .post("/sessions/{id}/close", steer::close, about("End the session").decided())
        .post(
            "/sessions/{id}/reopen",
            steer::reopen,
            about("Open a session again that was closed").decided().refuses(&[404, 409]),
        )
        .post("/sessions/{id}/rename", sessions::rename, about("Give it another title").through_pod())
        .post(
            "/sessions/{id}/hold",
            sessions::hold,
            about("Which tool calls wait for a person").through_pod(),
        )
}

fn threads_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Threads, summary);
    table
        .get("/cards", thread::cards, about("Every session in a few words"))
        .get("/cards/events", thread::card_events, about("The same, live"))
        .get("/sessions/{id}/thread", thread::show, about("What people see of a session"))
        .get(
            "/sessions/{id}/thread/events",
            thread::events,
            about("The same, live").details("Text that only grew is told as what was added."),
        )
}

fn asks_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Asks, summary);
    table
        .get("/asks", ask_routes::list, about("What waits for a person, the oldest first"))
        .get("/asks/{id}", ask_routes::show, about("One ask, also when it is settled"))
        .post(
            "/asks/{id}/answer",
            ask_routes::answer,
            about("Answer it")
                .details("`digest` says what the person saw: an ask that changed meanwhile is not answered.")
                .decided(),
        )
        .post("/asks/{id}/aside", ask_routes::aside, about("Talk about it in a thread of its own").decided())
}

fn work_of(table: Table<Api>) -> Table<Api> {
    let about = |summary| about(Tag::Work, summary);
    table
        .post(
            "/projects",
            work::add_project,
            about("Add a project to the list; it takes the next free id")
                .success(&[201])
                .refuses(&[409, 503]),
        )
        .get("/projects/infer", work::infer, about("Which project a title belongs to, with what to fill in"))
        .get(
            "/workspaces",
            work::workspaces,
            about("All workspaces: size, session, what is only there").refuses(WORK),
        )
        .post(
            "/workspaces/{name}/remove",
            work::remove_workspace,
            about("Remove a workspace")
                .details("Refused (409) with what would be lost, unless it is `confirmed`.")
                .refuses(WORK),
        )
        .get("/models", work::models, about("The models of the configuration, and whether each can be used"))
        .post(
            "/sessions/{id}/model",
            work::choose_model,
            about("Use another model from the next message on").decided().refuses(&[409]),
        )
        .post(
            "/sessions/{id}/agent",
            work::choose_agent,
            about("Use another agent from the next message on").decided(),
        )
        .get(
            "/starts/{key}",
            work::start,
            about("How a start is getting on, by its key; empty while nothing is known of it"),
        )
}

/// What work on a disk may be refused with.
const WORK: &[u16] = &[409, 429, 500, 502, 504, 507];

fn others(table: Table<Api>) -> Table<Api> {
    let of_me = |summary| about(Tag::About, summary);
    let of_operation = |summary| about(Tag::Operation, summary);
    table
        .get("/me", me::me, of_me("Who I am"))
        .get("/projects", me::projects, of_me("Where there is work"))
        .get("/routing", me::routing, of_me("Which agent suits a task"))
        .get("/choices", me::choices, of_me("The models and agents that OpenCode has"))
        .get("/presence", me::presence, of_me("Who is in OpenCode's own web UI, and on which session"))
        .get("/audit", me::audit, of_me("Who decided what, newest first").refuses(&[503]))
        .get("/bridge", bridge::status, of_operation("The pods and their links"))
        .get("/state", me::state, of_operation("How the keeping of promises is going"))
        .get("/setup", setup::setup, of_operation("How the gateway is set up, without its secrets"))
}

/// How a person comes in; nobody is known yet.
pub(super) fn door() -> Table<Arc<Access>> {
    Table::new()
        .post(
            "/api/v1/sign-in",
            access::sign_in,
            about(Tag::Access, "Sign in with the gateway's token and a name").refuses(&[401, 403, 409, 429]),
        )
        .post("/api/v1/sign-out", access::sign_out, about(Tag::Access, "Sign out").refuses(&[507]))
}

/// What whoever is in may do about coming in.
pub(super) fn links() -> Table<Arc<Access>> {
    Table::guarded("/api/v1").post(
        "/links",
        access::invite,
        about(Tag::Access, "A link that signs one browser in, once")
            .details("For the person whom a program names, or for the one who is signed in.")
            .refuses(&[409, 429]),
    )
}

pub(super) fn operation() -> Table<Api> {
    let about = |summary| about(Tag::Operation, summary);
    Table::new()
        .get("/healthz", health::alive, about("Is it alive?"))
        .get("/readyz", health::ready, about("Does it take work?").refuses(&[503]))
        .get("/metrics", health::metrics, about("Its figures, as OpenMetrics").refuses(&[500]))
}
