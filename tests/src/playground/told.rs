//! What a person is told once everything runs.

use super::Playground;
use std::io::Write;

pub fn tell(playground: &Playground) -> std::io::Result<()> {
    let Playground { gateway, directory, web_ui, slack, own, .. } = playground;
    let model = match own {
        true => "It uses your own model provider.",
        false => {
            "There is no model key here: a scripted model plays a demo. Write `scenario: demo` as the task."
        }
    };
    let slack = slack.as_ref().map_or_else(String::new, |slack| {
        format!("A simulated Slack with the app in it is at {}.\n", slack.url())
    });
    writeln!(
        std::io::stdout().lock(),
        "\n  Open {url}\n\n{model}\nOpenCode's own web UI is at {web_ui}, through the gateway.\n{slack}\n\
         The same from a terminal:\n\n\
         export GATEWAY_URL={url}\n\
         target/debug/gateway sessions create --directory {directory} --title Demo --prompt 'scenario: demo'\n\
         target/debug/gateway sessions watch SESSION\n\
         target/debug/gateway asks list\n\
         target/debug/gateway asks answer ASK once\n\n\
         Ctrl-C stops everything.\n",
        url = gateway.url(),
        directory = directory.display(),
    )
}
