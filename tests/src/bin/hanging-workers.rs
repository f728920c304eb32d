//! The gateway's door and watchdog, as `gateway serve` has them, with workers that hang for ever: there is no way to
//! make the gateway itself do that.

use anyhow::Context;
use gateway::front::{Front, Limits};
use gateway::watchdog::{Watchdog, mark};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

const WORKERS: usize = 2;

fn main() -> anyhow::Result<()> {
    let port: u16 = std::env::args().nth(1).context("say at which port")?.parse()?;
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    let _inside = runtime.enter();
    let (_watchdog, pulse) = Watchdog::of_this_process()?;
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let _front = Front::open(listener, Limits::of_this_process(), pulse)?;
    let held = Arc::new(Mutex::new(()));
    let _for_ever = held.lock();
    for _ in 0..WORKERS {
        let held = Arc::clone(&held);
        runtime.spawn(async move {
            mark("a test that hangs");
            drop(held.lock());
        });
    }
    // The watchdog ends it.
    loop {
        std::thread::park();
    }
}
