//! What counts for a session's next decision: the rules of its project, its pod's guard, and the grants that it is lent.

use super::task::Task;
use gateway_domain::{AgentInput, Input, PersonInput};

impl Task {
    /// The rules are those of the project that the session is about now, whatever brought it there.
    pub(super) fn follow_the_project(&mut self) {
        let about = &self.session.record().about;
        if *about != self.ruled {
            self.ruled = about.clone();
            self.session.set_policy(self.context.policies.of(&self.ruled));
            self.context.grants.session_moved(self.session.record());
        }
    }

    /// What is asked before a session may write is as projects are now.
    pub(super) fn prepare_for(&mut self, input: &Input) {
        if matches!(
            input,
            Input::Agent(AgentInput::Held(_) | AgentInput::Milestone(_))
                | Input::Person(PersonInput::RunsChecks { .. })
        ) {
            self.session.set_unguarded(self.context.threads.is_unguarded(&self.session.record().pod));
        }
        let Input::Agent(AgentInput::Held(_)) = input else { return };
        self.session.lend(self.context.grants.lent_to(self.session.record()));
        let about = &self.session.record().about;
        let mut policy = self.context.policies.of(about);
        if policy.configuration.is_some() {
            let form = self.context.setup.form(&self.session.record().session, &about.title);
            policy.configuration = Some(form);
        }
        self.session.set_policy(policy);
    }
}
