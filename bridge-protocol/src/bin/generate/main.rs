//! Writes what is generated from the protocol: JSON Schema, TypeScript types, the reference page.
//!
//! `generate-protocol` writes, `generate-protocol --check` names what is stale and exits with 1.

mod docs;
mod schema;
mod typescript;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

/// The command that mends a stale file.
const COMMAND: &str = "make protocol";

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    match run(check) {
        Ok(stale) if stale.is_empty() => ExitCode::SUCCESS,
        Ok(stale) => {
            for path in stale {
                eprintln!("{} is stale; run `{COMMAND}` and commit it.", path.display());
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("The protocol's files could not be generated: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the files, or with `check` returns those that differ from what would be written.
fn run(check: bool) -> io::Result<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (plugin, gateway) = (schema::plugin_frames(), schema::gateway_frames());
    let files = [
        ("bridge-protocol/schema/plugin-frame.json", schema::print(&plugin)),
        ("bridge-protocol/schema/gateway-frame.json", schema::print(&gateway)),
        ("opencode-plugin/src/protocol.gen.ts", typescript::module()),
        ("docs/protocol.md", docs::page(&plugin, &gateway, &root.join("bridge-protocol/golden"))?),
    ];
    let mut stale = vec![];
    for (path, text) in files {
        let path = root.join(path);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        if check {
            stale.push(path);
        } else {
            fs::write(path, text)?;
        }
    }
    Ok(stale)
}
