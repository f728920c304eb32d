//! Who is attacked: a process like OpenCode, with a secret in its environment and one in its memory; a port that is
//! closed to the agent; an abstract socket.

use crate::stage::Stage;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::{Child, Stdio};

/// Prints where its secret lies, and waits for ever.
const LIVES: &str = "import sys\nsecret = b'secret-in-the-memory'\nprint(id(secret) + bytes.__basicsize__ - 1, flush=True)\n\
                     sys.stdin.read()";

pub(crate) struct Victim {
    process: Child,
    pub(crate) address: String,
}

impl Victim {
    pub(crate) fn born(stage: &Stage) -> Self {
        let mut command = stage.command("/usr/bin/python3".as_ref());
        let mut process =
            command.args(["-c", LIVES]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, address: line.trim().to_owned() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// It runs, and nobody stopped it.
    pub(crate) fn is_well(&mut self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
        self.process.try_wait().unwrap().is_none() && !matches!(state, Some('T' | 't' | 'Z'))
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // An attack may have ended it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Greets everybody, as long as the tests run.
pub(crate) fn greeting_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        // A connection that is closed with something unread in it takes the greeting with it.
        let mut kept = vec![];
        for mut caller in listener.incoming().flatten() {
            let _ = caller.write_all(b"welcome\n");
            kept.push(caller);
        }
    });
    port
}

pub(crate) fn greeting_abstract_socket() -> String {
    let name = format!("guard-test-{}", std::process::id());
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    std::thread::spawn(move || {
        for mut caller in listener.incoming().flatten() {
            let _ = caller.write_all(b"welcome\n");
        }
    });
    name
}
