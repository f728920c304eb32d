//! Stands for one connection of the plugin: for load, for cutting links at will, and for saying what an honest plugin never
//! says. Of the plugin it imitates frames and the buffer of what is not acknowledged yet.
//!
//! It does nothing by itself, not even answer a ping, unless it is asked to; and it has nothing of OpenCode.

mod buffer;
mod peer;

pub use buffer::ResendBuffer;
pub use peer::{Peer, PeerError, Received};

use bridge_protocol::{
    EffectivePermissions, Event, EventFrame, GuardReport, Hello, PROTOCOL_VERSION, PartKind, Position, Role,
    SessionInfo, VersionRange,
};

/// A hello that is right in every field, of a guarded pod without sessions.
pub fn hello(pod: &str, boot_id: &str) -> Hello {
    Hello {
        protocol: VersionRange { min: 1, max: PROTOCOL_VERSION },
        plugin_version: "0.0.0-double".to_owned(),
        opencode_version: "0.0.0-double".to_owned(),
        pod: pod.to_owned(),
        boot_id: boot_id.to_owned(),
        started_at: 1_000,
        server_url: None,
        directories: vec!["/work".to_owned()],
        sessions: vec![],
        permissions: vec![],
        questions: vec![],
        held: vec![],
        guard: Some(GuardReport { abi: 7, missing: vec![], refused: None }),
        effective: Some(EffectivePermissions { gate: true, ..EffectivePermissions::default() }),
        position: Position::default(),
    }
}

/// A session as OpenCode has just made it.
pub fn made_session(id: &str, title: &str, directory: &str) -> SessionInfo {
    SessionInfo {
        id: id.to_owned(),
        title: title.to_owned(),
        directory: directory.to_owned(),
        parent_id: None,
        agent: None,
        model: None,
        created_at: 1,
        updated_at: 1,
        archived: false,
    }
}

/// An event that streams `content` into a part, as it is most often seen.
pub fn streamed(seq: u64, session: &str, offset: u64, content: &str) -> EventFrame {
    let event = Event::PartStreamed {
        message_id: "msg_double".to_owned(),
        part_id: "prt_double".to_owned(),
        role: Role::Assistant,
        kind: PartKind::Text,
        offset,
        content: content.to_owned(),
    };
    EventFrame { seq, session_id: session.to_owned(), at: 0, traceparent: None, event }
}
