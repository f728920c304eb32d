//! Faults put into a sound delivery: the simulator has to find each of them.

use crate::truth::Truth;
use gateway_delivery::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Planted {
    /// D1
    PushesAnUnjudgedTree,
    /// D2
    OpensTwo,
    /// D3
    PushesOverOthers,
    /// D4
    ReadyTooEarly,
    /// D5
    ForgetsItsFixes,
    /// D6
    TakesWeakerForGreen,
    /// D7
    CountsTheRequester,
    /// D8
    NeverHolds,
    /// D10
    KeepsOldEvidence,
    /// D11
    SendsBeforeTheDisk,
    /// D12
    IgnoresTheSwitch,
}

pub(crate) const ALL: [Planted; 11] = [
    Planted::PushesAnUnjudgedTree,
    Planted::OpensTwo,
    Planted::PushesOverOthers,
    Planted::ReadyTooEarly,
    Planted::ForgetsItsFixes,
    Planted::TakesWeakerForGreen,
    Planted::CountsTheRequester,
    Planted::NeverHolds,
    Planted::KeepsOldEvidence,
    Planted::SendsBeforeTheDisk,
    Planted::IgnoresTheSwitch,
];

impl Planted {
    pub(crate) fn spoil(self, effects: &mut Vec<Effect>, truth: &Truth, delivery: &Delivery) {
        match self {
            Self::SendsBeforeTheDisk => effects.retain(|effect| *effect != Effect::Persist),
            Self::NeverHolds => effects.retain(|effect| *effect != Effect::HoldTools),
            Self::ReadyTooEarly => self.ready_too_early(effects, delivery),
            Self::OpensTwo => Self::open_two(effects),
            Self::PushesOverOthers | Self::KeepsOldEvidence => {
                effects.iter_mut().for_each(|effect| self.spoil_order(effect, truth));
            }
            _ => {}
        }
    }

    fn ready_too_early(self, effects: &mut [Effect], delivery: &Delivery) {
        let (Some(pull), Some(tip)) = (&delivery.record().pull, &delivery.record().tip) else { return };
        for effect in effects {
            if let Effect::Order { order: order @ Order::Report { .. }, .. } = effect
                && delivery.record().stage == DeliveryStage::WaitingCi
            {
                *order = Order::Ready { number: pull.number, head: tip.commit.clone() };
            }
        }
    }

    fn open_two(effects: &mut Vec<Effect>) {
        let opens = effects
            .iter()
            .find(|effect| matches!(effect, Effect::Order { order: Order::OpenPull { .. }, .. }))
            .cloned();
        if let Some(Effect::Order { id, order: Order::OpenPull { branch, base, title, section }, attempt }) =
            opens
        {
            let order = Order::OpenPull { branch: format!("{branch}-2"), base, title, section };
            effects.push(Effect::Order { id, order, attempt });
        }
    }

    fn spoil_order(self, effect: &mut Effect, truth: &Truth) {
        let Effect::Order { order, .. } = effect else { return };
        match (self, order) {
            (Self::PushesOverOthers, Order::Push { expected, .. }) => *expected = truth.remote.clone(),
            (Self::KeepsOldEvidence, Order::EditBody { section, .. }) => {
                *section = truth.pulls.first().map(|pull| pull.body.clone()).unwrap_or_default();
            }
            _ => {}
        }
    }

    pub(crate) fn spoil_record(self, record: &mut DeliveryRecord) {
        match self {
            Self::ForgetsItsFixes => record.fixes_used = 0,
            Self::CountsTheRequester => record.requester.logins.clear(),
            Self::TakesWeakerForGreen => {
                for round in &mut record.rounds {
                    round.weaknesses.clear();
                    round.ci.names.clear();
                }
            }
            _ => {}
        }
    }
}

impl Planted {
    pub(crate) fn breaks(self) -> &'static str {
        match self {
            Self::PushesAnUnjudgedTree => "D1:",
            Self::OpensTwo => "D2:",
            Self::PushesOverOthers => "D3:",
            Self::ReadyTooEarly => "D4:",
            Self::ForgetsItsFixes => "D5:",
            Self::TakesWeakerForGreen => "D6:",
            Self::CountsTheRequester => "D7:",
            Self::NeverHolds => "D8:",
            Self::KeepsOldEvidence => "D10:",
            Self::SendsBeforeTheDisk => "D11:",
            Self::IgnoresTheSwitch => "D12:",
        }
    }
}
