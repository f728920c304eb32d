//! What a person is told once everything runs.

use super::Playground;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The address comes last: that is where eyes are.
pub async fn tell(playground: &Playground) -> anyhow::Result<()> {
    let (link, program) = (playground.link().await?, program()?);
    Ok(writeln!(std::io::stdout().lock(), "{}", text(playground, &quoted(&program), &link))?)
}

fn text(playground: &Playground, program: &str, link: &str) -> String {
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
    // Whoever set a token has it in their environment.
    let token = match gateway.api_token {
        Some(_) => String::new(),
        None => format!(" GATEWAY_API_TOKEN_FILE={}", quoted(&gateway.own_token_file())),
    };
    format!(
        "\n{model}\nOpenCode's own web UI is at {web_ui}, through the gateway.\n{slack}\n\
         The same from a terminal:\n\n\
         export GATEWAY_URL={url}{token}\n\
         {program} sessions create --directory {directory} --title Demo --prompt 'scenario: demo'\n\
         {program} sessions watch SESSION\n\
         {program} asks list\n\
         {program} asks answer ASK once\n\
         {program} link    # an address that signs another browser in\n\n\
         Ctrl-C stops everything.\n\n  \
         Open {link}\n",
        url = gateway.url(),
        directory = quoted(directory),
    )
}

/// The gateway's own command line, as it is called from where `make run` is.
fn program() -> anyhow::Result<PathBuf> {
    let (program, here) = (crate::gateway::binary()?, std::env::current_dir()?);
    Ok(program.strip_prefix(here).map(Path::to_owned).unwrap_or(program))
}

/// As a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use std::path::Path;
    use std::process::Command;

    #[test]
    fn a_path_with_blanks_is_one_word_for_a_shell() {
        assert_eq!(quoted(Path::new("/work/shop-1")), "/work/shop-1");
        for path in ["/work/Mein Projekt", "/work/it's $HOME;`x`", "/ü/*"] {
            let said =
                Command::new("sh").args(["-c", &format!("printf %s {}", quoted(Path::new(path)))]).output();
            assert_eq!(String::from_utf8(said.unwrap().stdout).unwrap(), path);
        }
    }
}
