//! Stands where nothing is delivered: each wish is refused with a sentence.

use crate::sessions::ports::{Deliveries, DeliveryDetails, DeliveryView, DeliveryWish, Steered};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use gateway_domain::{DeliveryOrder, DeliveryOutcome, Person};

pub struct NoDeliveries(pub String);

impl Deliveries for NoDeliveries {
    fn carry_out(&self, order: DeliveryOrder) -> BoxFuture<'_, DeliveryOutcome> {
        let outcome = match order {
            DeliveryOrder::EndDeliveryWork { .. } => DeliveryOutcome::Done,
            DeliveryOrder::BeginDelivery { .. } | DeliveryOrder::AnswerDelivery { .. } => {
                DeliveryOutcome::Refused { why: self.0.clone() }
            }
        };
        ready(outcome).boxed()
    }

    fn list(&self) -> Vec<DeliveryView> {
        vec![]
    }

    fn show(&self, _run: &str) -> Option<DeliveryDetails> {
        None
    }

    fn patch<'a>(&'a self, _run: &'a str) -> BoxFuture<'a, Option<String>> {
        ready(None).boxed()
    }

    fn steer<'a>(&'a self, _run: &'a str, _by: Person, _wish: DeliveryWish) -> BoxFuture<'a, Steered> {
        ready(Steered::Unknown).boxed()
    }

    fn switch<'a>(&'a self, _to: &'a str, _by: Person) -> BoxFuture<'a, Steered> {
        ready(Steered::Refused(self.0.clone())).boxed()
    }

    fn mode(&self) -> String {
        "off".to_owned()
    }
}
