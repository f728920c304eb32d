//! Stands for OpenCode and the plugin in one pod that can be killed: it imitates what both do about asks, turns and their own
//! death, over the real link, and connects again by itself.
//!
//! What OpenCode keeps in its database outlives a kill (`Disk`): messages, tool calls, how far a call came. What
//! it keeps in memory dies with it (`Life`): the asks that are open, who is busy, the events that nobody
//! acknowledged, the replies that are remembered. A turn that is resumed makes an interrupted call anew, as a
//! model would that wants its result.
//!
//! It has no model: a message says what is run or asked (`run: COMMAND`, `ask: QUESTION`). It runs no command but counts it,
//! streams no text, and knows no sub-agents, files, holds or models. A kill falls between two steps, never into one.

mod commands;
mod disk;
mod life;
mod link;
mod turn;

pub use disk::{Call, CallStatus, Disk, Turn, Wish};

use life::Life;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// What the pod is called.
pub const POD: &str = "pod-double";

/// The one directory of its sessions.
pub const DIRECTORY: &str = "/work";

/// A pod whose OpenCode can be started and killed.
pub struct LivingOpenCode {
    gateway: SocketAddr,
    token: String,
    /// What it calls itself at its next start.
    pub pod: String,
    disk: Arc<Mutex<Disk>>,
    life: Option<Arc<Life>>,
    boots: u32,
    rng: StdRng,
}

impl LivingOpenCode {
    /// A pod with some sessions that nobody wrote to. Its pauses come from the seed.
    pub fn new(gateway: SocketAddr, token: &str, sessions: &[String], seed: u64) -> Self {
        let disk = Arc::new(Mutex::new(Disk::with(sessions)));
        let rng = StdRng::seed_from_u64(seed);
        Self { gateway, token: token.to_owned(), pod: POD.to_owned(), disk, life: None, boots: 0, rng }
    }

    pub fn start(&mut self) {
        self.boots += 1;
        let seed = StdRng::from_rng(&mut self.rng);
        let life = Life::begin(&self.pod, self.boots, Arc::clone(&self.disk), seed);
        life.spawn(link::keep(Arc::clone(&life), self.gateway, self.token.clone()));
        self.life = Some(life);
    }

    /// As a crash would: everything stops between two steps, no farewell.
    pub async fn kill(&mut self) {
        if let Some(life) = self.life.take() {
            life.end().await;
        }
    }

    /// The newest turn of a session, as it is on disk.
    pub fn turn(&self, session: &str) -> Option<Turn> {
        self.turns(session).pop()
    }

    pub fn turns(&self, session: &str) -> Vec<Turn> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner).turns(session).to_vec()
    }
}
