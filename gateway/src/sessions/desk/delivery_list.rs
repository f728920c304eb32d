//! Deliveries, for people: begin one, look, steer, switch.

use super::{Desk, Refusal};
use crate::sessions::ports::{DeliveryDetails, DeliveryView, DeliveryWish, Steered};
use gateway_domain::{Person, PersonInput, Verdict};

const HOW_FAR: [&str; 2] = ["shadow", "draft"];

impl Desk {
    /// The session's work is to become a pull request. `only`: `shadow` or `draft`, less than the project allows.
    pub async fn deliver(&self, session: &str, by: Person, only: Option<String>) -> Result<Verdict, Refusal> {
        if let Some(word) = only.as_ref().filter(|word| !HOW_FAR.contains(&word.as_str())) {
            return Err(Refusal::Invalid(format!(
                "{word:?} is not how far a delivery can go: leave it out, or write shadow or draft."
            )));
        }
        self.known(session).await?;
        self.tell(session, PersonInput::Deliver { by, only }).await
    }

    /// All of all sessions, newest first.
    pub fn deliveries(&self) -> Vec<DeliveryView> {
        self.session_tasks.deliveries().list()
    }

    pub fn delivery(&self, run: &str) -> Result<DeliveryDetails, Refusal> {
        self.session_tasks.deliveries().show(run).ok_or_else(|| unknown(run))
    }

    /// What it changes, as a patch.
    pub async fn delivery_patch(&self, run: &str) -> Result<String, Refusal> {
        self.delivery(run)?;
        Ok(self.session_tasks.deliveries().patch(run).await.unwrap_or_default())
    }

    pub async fn steer_delivery(&self, run: &str, by: Person, wish: DeliveryWish) -> Result<String, Refusal> {
        said(self.session_tasks.deliveries().steer(run, by, wish).await, run)
    }

    /// How far deliveries go by themselves: `off`, `shadow`, `draft` or `full`.
    pub async fn switch_deliveries(&self, to: &str, by: Person) -> Result<String, Refusal> {
        said(self.session_tasks.deliveries().switch(to, by).await, to)
    }

    pub fn delivery_mode(&self) -> String {
        self.session_tasks.deliveries().mode()
    }
}

fn said(steered: Steered, run: &str) -> Result<String, Refusal> {
    match steered {
        Steered::Done(said) => Ok(said),
        Steered::Refused(why) => {
            let why = why.trim_end_matches('.').to_owned();
            Err(Refusal::Decided(Verdict::Idle { why }))
        }
        Steered::Unknown => Err(unknown(run)),
        Steered::NotStored => Err(Refusal::NotStored),
    }
}

fn unknown(run: &str) -> Refusal {
    Refusal::NoSuch(format!("There is no delivery {run}. `gateway deliver list` shows all of them."))
}
