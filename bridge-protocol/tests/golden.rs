//! The golden frames: what both languages read, and what neither may choke on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

use bridge_protocol::{Command, Event, GatewayFrame, PluginFrame, ProtocolErrorCode};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name)
}

fn files(name: &str) -> Vec<(String, String)> {
    let mut all: Vec<_> = std::fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

/// Decodes in the direction that the file's name tells, and encodes again.
fn round_trip(name: &str, text: &str) -> String {
    if name.starts_with("plugin.") {
        return PluginFrame::decode(text).unwrap_or_else(|error| panic!("{name}: {error}")).encode();
    }
    GatewayFrame::decode(text).unwrap_or_else(|error| panic!("{name}: {error}")).encode()
}

#[test]
fn every_golden_frame_is_read_and_written_unchanged() {
    // REQ-BRIDGE-12
    for (name, text) in files("") {
        let before: Value = serde_json::from_str(&text).unwrap();
        let after: Value = serde_json::from_str(&round_trip(&name, &text)).unwrap();
        assert_eq!(before, after, "{name}");
    }
}

#[test]
fn every_type_has_a_golden_frame() {
    // REQ-BRIDGE-12
    for name in Event::NAMES {
        assert!(folder(&format!("plugin.{name}.json")).is_file(), "{name}");
    }
    for name in Command::NAMES {
        assert!(folder(&format!("gateway.{name}.json")).is_file(), "{name}");
    }
}

#[test]
fn the_lists_of_types_are_right() {
    for (name, text) in files("") {
        if let Ok(PluginFrame::Event(event)) = PluginFrame::decode(&text) {
            assert!(name.starts_with(&format!("plugin.{}", event.event.name())), "{name}");
        }
        if let Ok(GatewayFrame::Request(request)) = GatewayFrame::decode(&text) {
            assert!(name.starts_with(&format!("gateway.{}", request.command.name())), "{name}");
        }
    }
}

#[test]
fn what_a_newer_peer_adds_is_read_as_unknown() {
    // REQ-BRIDGE-09
    for (name, text) in files("newer") {
        round_trip(&name, &text);
    }
}

#[test]
fn what_cannot_be_read_gets_its_code_and_a_sentence() {
    // REQ-BRIDGE-09
    for (name, text) in files("bad") {
        let expected = match name.split('.').next().unwrap() {
            "not_json" => ProtocolErrorCode::NotJson,
            "wrong_field" => ProtocolErrorCode::WrongField,
            "wrong_version" => ProtocolErrorCode::WrongVersion,
            "unknown_type" => ProtocolErrorCode::UnknownType,
            other => panic!("no code for {other}"),
        };
        let error = PluginFrame::decode(&text).unwrap_err();
        assert_eq!(error.code, expected, "{name}");
        assert!(error.message.ends_with('.') && error.message.len() > 20, "{name}: {}", error.message);
    }
}

#[test]
fn a_frame_that_cannot_be_read_is_still_named() {
    // REQ-BRIDGE-09
    let request = PluginFrame::decode(r#"{"v":1,"type":"tea.time","request_id":"req_6"}"#).unwrap_err();
    assert_eq!(request.request_id.as_deref(), Some("req_6"));
    let event =
        PluginFrame::decode(r#"{"v":1,"type":"session.idle","seq":9,"session_id":5,"at":1}"#).unwrap_err();
    assert_eq!(event.seq, Some(9));
}
