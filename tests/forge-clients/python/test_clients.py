"""REQ-DELIVER-04, -11: PyGithub and gh, unchanged, on the simulator."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from github import Auth, Github, GithubException, GithubIntegration

from simulator import Simulator, TlsDoor


class PyGithub(unittest.TestCase):
    def setUp(self):
        self.forge = Simulator()
        self.addCleanup(self.forge.stop)
        auth = Auth.AppAuth(int(self.forge.facts["App id"]), self.forge.key)
        self.integration = GithubIntegration(auth=auth, base_url=self.forge.facts["REST"])

    def test_the_way_of_an_app(self):
        installation = self.integration.get_repo_installation("acme", "shop")
        token = self.integration.get_access_token(installation.id)
        github = Github(auth=Auth.Token(token.token), base_url=self.forge.facts["REST"])
        shop = github.get_repo("acme/shop")
        pull = shop.create_pull(base="main", head="fix", title="Count right", body="why", draft=True)
        with self.assertRaises(GithubException) as refused:
            shop.create_pull(base="main", head="fix", title="Again")
        self.assertEqual(refused.exception.status, 422)
        self.assertEqual([one.number for one in shop.get_pulls(head="acme:fix", state="all")], [pull.number])
        pull.mark_ready_for_review()
        self.forge.act("settle")
        commit = shop.get_commit(pull.head.sha)
        self.assertEqual([run.conclusion for run in commit.get_check_runs()], ["success"])
        self.assertEqual(commit.get_combined_status().state, "pending")
        pull.create_issue_comment("Done.")
        pull.add_to_labels("bug")
        pull.create_review_request(reviewers=["ann"])
        self.forge.act("review", who="ann", number=1, state="APPROVED", text="fine")
        self.assertEqual([review.state for review in pull.get_reviews()], ["APPROVED"])
        self.assertEqual([file.filename for file in pull.get_files()], ["src/cart.js"])
        self.assertTrue(pull.merge(sha=pull.head.sha).merged)
        self.assertTrue(shop.get_pull(1).merged)


class Gh(unittest.TestCase):
    def setUp(self):
        self.forge = Simulator()
        self.addCleanup(self.forge.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.door = TlsDoor(self.forge.facts["Address"], Path(folder.name))
        self.addCleanup(self.door.stop)
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": folder.name,
            "GH_HOST": self.door.host,
            "GH_ENTERPRISE_TOKEN": self.forge.facts["Person token"],
            "GH_REPO": f"{self.door.host}/acme/shop",
            "GH_NO_UPDATE_NOTIFIER": "1",
            "GH_PROMPT_DISABLED": "1",
            "SSL_CERT_FILE": str(self.door.certificate),
        }
        self.folder = folder.name

    def gh(self, *arguments, fails=False):
        done = subprocess.run(
            ["gh", *arguments], env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=60
        )
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode != 0, fails, f"gh {' '.join(arguments)}: {said}")
        return said

    def test_a_pull_request_from_draft_to_merge(self):
        created = ["pr", "create", "--draft", "--head", "fix", "--base", "main", "--title", "Count", "--body", "why"]
        self.assertIn("/acme/shop/pull/1", self.gh(*created))
        self.assertIn("already exists", self.gh(*created, fails=True))
        self.assertIn("Count", self.gh("pr", "list"))
        fields = "number,title,isDraft,state,author,headRefName,mergeable,reviewDecision,statusCheckRollup,files,commits"
        seen = json.loads(self.gh("pr", "view", "1", "--json", fields))
        self.assertEqual((seen["isDraft"], seen["state"], seen["statusCheckRollup"]), (True, "OPEN", []))
        self.assertIn("no checks reported", self.gh("pr", "checks", "1", fails=True))
        self.gh("pr", "ready", "1")
        self.gh("pr", "edit", "1", "--title", "Counted")
        self.forge.act("push", who="ann", branch="fix", path="broken.txt", text="yes")
        self.forge.act("settle")
        self.assertIn("fail", self.gh("pr", "checks", "1", fails=True))
        self.forge.act("push", who="ann", branch="fix", path="broken.txt")
        self.forge.act("settle")
        self.assertIn("pass", self.gh("pr", "checks", "1"))
        self.assertIn("Counted", self.gh("pr", "view", "fix"))
        self.gh("pr", "comment", "1", "--body", "Hello")
        self.gh("pr", "merge", "1", "--merge")
        self.assertIn("MERGED", self.gh("pr", "view", "1", "--json", "state"))
        self.assertEqual(json.loads(self.gh("api", "repos/acme/shop/pulls/1"))["merged"], True)


if __name__ == "__main__":
    unittest.main()
