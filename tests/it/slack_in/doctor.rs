//! `gateway doctor` on the simulated Slack: what is wrong is named with its remedy.

use super::SlackStage;

impl SlackStage {
    /// What the doctor says, faults or not.
    fn doctor(&self) -> String {
        let mut command = self.gateway.command(&["doctor"]).unwrap();
        command.envs(self.gateway.env.iter().cloned()).env("GATEWAY_STATE", self.gateway.state());
        let output = command.output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_names_what_slack_does_not_allow_and_how_to_mend_it() {
    // REQ-SLACK-06
    let stage = SlackStage::set().await;
    let healthy = stage.doctor();
    assert!(healthy.contains("sockets can be opened"), "{healthy}");
    assert!(!healthy.contains("is missing: compare the app"), "{healthy}");

    stage.slack.world(|world| world.app.scopes.remove("users:read"));
    let told = stage.doctor();
    assert!(told.contains("users:read is missing") && told.contains("slack-app-manifest.yaml"), "{told}");

    stage.slack.world(|world| world.app.socket_mode = false);
    let told = stage.doctor();
    assert!(told.contains("turn Socket Mode on"), "{told}");

    stage.slack.world(|world| world.app.revoked = true);
    let told = stage.doctor();
    assert!(told.contains("token_revoked") && told.contains("copy it again from the app's page"), "{told}");
    assert!(!told.contains(&stage.slack.bot_token()), "no token is printed");
}
