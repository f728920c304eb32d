//! What became of what OpenCode was told, and what follows from that.

use crate::ask::AskState;
use crate::effect::{AskCommand, Effect};
use crate::input::CommandOutcome;
use crate::record::PendingCommand;
use crate::session::Session;
use jiff::{SignedDuration, Timestamp};

/// Pause before a command whose outcome is not known is sent again.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(5);

impl Session {
    pub(crate) fn command_done(&mut self, request_id: &str, outcome: CommandOutcome, now: Timestamp) {
        let Some(at) = self.record.outbox.iter().position(|sent| sent.request_id == request_id) else {
            return;
        };
        if outcome == CommandOutcome::Unknown {
            self.record.outbox[at].in_doubt = true;
            let again = now.saturating_add(RETRY_AFTER).unwrap_or(Timestamp::MAX);
            return self.effects.push(Effect::Arm(again));
        }
        let sent = self.record.outbox.remove(at);
        self.effects.push(Effect::Persist);
        match self.record.asks.iter().position(|ask| ask.id == sent.ask) {
            Some(index) => self.after(index, &sent, outcome, now),
            None => self.after_plain(&sent, outcome, now),
        }
    }

    /// What a command's outcome means for its ask, and for a turn that OpenCode's death cut short.
    fn after(&mut self, index: usize, sent: &PendingCommand, outcome: CommandOutcome, now: Timestamp) {
        let ask = &mut self.record.asks[index];
        match (&sent.command, outcome) {
            (AskCommand::Reply { .. }, CommandOutcome::Applied) if ask.state == AskState::Decided => {
                ask.state = AskState::Applied;
            }
            (AskCommand::Release { .. }, CommandOutcome::Applied | CommandOutcome::Done) => {
                ask.settle(AskState::Applied);
                self.refuse_beside();
            }
            (AskCommand::MakePlace { .. }, CommandOutcome::Placed(placed)) => {
                return self.placed(index, *placed, now);
            }
            (AskCommand::MakePlace { .. }, CommandOutcome::Refused { why }) => {
                return self.not_placed(index, &why, now);
            }
            (AskCommand::Move { directory, .. }, CommandOutcome::Done) => {
                return self.moved(index, directory.clone(), now);
            }
            (AskCommand::Move { .. }, CommandOutcome::Refused { why }) => {
                return self.not_moved(index, &why, now);
            }
            (AskCommand::Release { .. }, CommandOutcome::NotPending { .. }) if ask.is_configuration() => {
                ask.settle(AskState::Applied);
                self.refuse_beside();
            }
            // OpenCode died under it: it is held again when the turn goes on.
            (AskCommand::Release { .. }, CommandOutcome::NotPending { .. }) => self.proceed(),
            (AskCommand::Reply { .. }, CommandOutcome::NotPending { ran, interrupted }) => {
                // In a turn that was taken up again it is asked once more, or was not needed any more.
                let cut = interrupted || self.record.resumed;
                ask.read_back(ran, cut, sent.in_doubt);
                self.proceed();
            }
            // The question has its answer; now the turn goes on.
            (AskCommand::Complete { .. }, CommandOutcome::Done) => {
                ask.settle(AskState::Applied);
                ask.completed = true;
                self.proceed();
            }
            // The turn that was to ask it again is over by now.
            (AskCommand::Complete { .. }, CommandOutcome::NotPending { .. })
                if !self.busy && self.ended_under.contains(&ask.id) =>
            {
                ask.settle(AskState::Superseded);
            }
            (AskCommand::Complete { .. }, CommandOutcome::Superseded) => {
                ask.settle(AskState::Superseded);
                self.proceed();
            }
            (AskCommand::Say { .. }, CommandOutcome::NotPending { .. }) => {
                ask.state = AskState::Withdrawn { why: "the session was deleted".to_owned() };
            }
            (AskCommand::Resume { .. }, CommandOutcome::Superseded) => return self.turn_is_superseded(),
            _ => return,
        }
        self.show(index);
    }
}
