//! `examples/`: each is parsed or run, and what it says to paramexec is what paramexec takes.

mod apps;
mod lambda;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory;
use serde_json::Value;

use crate::emulator::python;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// A container that starts paramexec.
struct Container {
    file: String,
    name: String,
    environment: BTreeMap<String, String>,
    arguments: Vec<String>,
    /// What the policy beside it allows, if there is one: an action, and resources.
    allowed: Option<BTreeSet<(String, Vec<String>)>>,
}

impl Container {
    /// As it would start, with what the image holds in /etc taken from where the example has it.
    fn run(&self, etc: &Path) -> Paramexec {
        let here = |text: &str| text.replace("/etc/", &format!("{}/", etc.display()));
        let mut run = Paramexec::new().args(self.arguments.iter().map(|word| here(word)));
        for (name, value) in &self.environment {
            run = run.env(name, here(value));
        }
        run
    }
}

fn containers() -> Vec<Container> {
    let root = examples();
    let output = Command::new(python().expect("the environment of scripts/venv"))
        .arg("-B")
        .arg(root.with_file_name("tests/integration/examples.py"))
        .arg(&root)
        .output()
        .expect("python");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let container = |line: &str| {
        let json: Value = serde_json::from_str(line).expect("JSON");
        let text = |name: &str| json[name].as_str().expect("a text").to_owned();
        Container {
            file: text("file"),
            name: text("container"),
            environment: serde_json::from_value(json["environment"].clone()).expect("texts"),
            arguments: serde_json::from_value(json["arguments"].clone()).expect("words"),
            allowed: serde_json::from_value(json["allowed"].clone()).expect("statements"),
        }
    };
    text.lines().map(container).collect()
}

/// What the images and volumes of an example hold in /etc.
fn etc(container: &Container) -> TempDir {
    let folder = TempDir::new();
    let example = examples().join(&container.file);
    let mut held = files(example.parent().expect("a folder"));
    // What Compose builds there is the Rails application.
    held.extend(
        files(&examples().join("rails"))
            .into_iter()
            .filter(|_| container.file.starts_with("compose/")),
    );
    for file in held {
        let name = file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        folder.file(&name, fs::read(&file).expect("it can be read"));
    }
    // A ConfigMap's file stands in the YAML itself, below its name and indented.
    let text = fs::read_to_string(&example).expect("text");
    if let Some((_, manifest)) = text.split_once("shop.manifest: |\n") {
        let lines = manifest.lines().map(str::trim);
        folder.file("shop.manifest", lines.collect::<Vec<_>>().join("\n"));
    }
    folder
}

#[test]
fn every_container_that_starts_paramexec_has_a_plan() {
    let containers = containers();
    assert!(containers.len() >= 12, "{}", containers.len());
    for container in containers
        .iter()
        .filter(|one| !one.arguments.contains(&"--install".to_owned()))
    {
        let etc = etc(container);
        let outcome = container
            .run(etc.path())
            .env("PARAMEXEC_PLAN", "1")
            .env("PARAMEXEC_FORMAT", "json")
            .run();
        let place = format!("{} {}", container.file, container.name);
        assert_eq!(outcome.code(), Some(0), "{place}: {}", outcome.stderr());
        let plan: Value = serde_json::from_slice(&outcome.stdout).expect("a report");
        let asked = |row: &Value| !row["asks"].is_null();
        assert!(
            plan["variables"]
                .as_array()
                .expect("a list")
                .iter()
                .any(asked),
            "{place}: {plan:#}"
        );
        assert!(plan["command"].is_string(), "{place} has no command");
    }
}

#[test]
fn every_policy_is_the_one_that_paramexec_prints() {
    let mut compared = BTreeSet::new();
    for container in containers() {
        let Some(allowed) = &container.allowed else {
            continue;
        };
        let etc = etc(&container);
        let run = container
            .run(etc.path())
            .env("PARAMEXEC_IAM_POLICY", "1")
            .env("PARAMEXEC_ACCOUNT", "111122223333")
            .env("AWS_REGION", "eu-west-1");
        let policy: Value = serde_json::from_slice(&run.run().stdout).expect("a policy");
        let statements = policy["Statement"].as_array().expect("a list");
        let printed = statements
            .iter()
            // Keys of AWS's own need no permission.
            .filter(|statement| statement["Action"] != "kms:Decrypt")
            .map(|statement| {
                let action = statement["Action"].as_str().expect("an action").to_owned();
                let resources: Vec<String> =
                    serde_json::from_value(statement["Resource"].clone()).expect("ARNs");
                (action, resources)
            });
        assert_eq!(*allowed, printed.collect(), "{}", container.file);
        compared.insert(container.file);
    }
    let files = [
        "ecs/service.yaml",
        "ecs/terraform/main.tf",
        "lambda/template.yaml",
    ];
    assert_eq!(compared, files.map(str::to_owned).into());
}

#[test]
fn every_image_has_the_entrypoint_that_the_pages_recommend() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut dockerfiles = files(&examples());
    dockerfiles.retain(|file| file.ends_with("Dockerfile"));
    dockerfiles.push(root.join("Dockerfile.example"));
    assert_eq!(dockerfiles.len(), 5);
    for file in dockerfiles {
        let text = fs::read_to_string(&file).expect("text");
        let entrypoint = text.lines().find(|line| line.starts_with("ENTRYPOINT"));
        // Lambda's base images have an ENTRYPOINT of their own to go on with.
        let wanted = if file
            .parent()
            .is_some_and(|folder| folder.ends_with("lambda"))
        {
            r#"ENTRYPOINT ["/usr/local/bin/paramexec", "/lambda-entrypoint.sh"]"#
        } else {
            r#"ENTRYPOINT ["/usr/local/bin/paramexec"]"#
        };
        assert_eq!(entrypoint, Some(wanted), "{file:?}");
        assert!(
            text.lines().any(|line| line.starts_with("CMD [")),
            "{file:?}"
        );
    }
}

#[test]
fn every_init_container_installs_the_binary() {
    let containers = containers();
    let lenders: Vec<&Container> = containers
        .iter()
        .filter(|one| {
            one.arguments
                .first()
                .is_some_and(|word| word == "--install")
        })
        .collect();
    assert_eq!(lenders.len(), 1);
    for lender in lenders {
        let folder = TempDir::new();
        Paramexec::new()
            .arg(&lender.arguments[0])
            .arg(folder.path())
            .check();
        assert!(folder.path().join("paramexec").is_file());
    }
}

#[test]
fn the_containers_on_mock_values_have_a_value_for_everything() {
    let containers = containers();
    let on_mock = containers
        .iter()
        .find(|one| one.file == "compose/mock.yaml")
        .expect("the example");
    let etc = etc(on_mock);
    // All is found but the command, which only the image has.
    on_mock
        .run(etc.path())
        .env("PARAMEXEC_CHECK", "1")
        .expect_code(127)
        .expect_stdout_containing("DATABASE_URL")
        .expect_stderr_containing("bin/rails")
        .check();
}

#[test]
fn every_task_definition_runs_on_mock_values() {
    for (file, container, shown) in [
        (
            "ecs/fargate.json",
            "web",
            "mock:shop/production/api#token production rails server -b",
        ),
        (
            "ecs/fargate.json",
            "worker",
            "production bundle exec sidekiq",
        ),
        ("ecs/ec2.json", "web", "production rails server -b"),
    ] {
        let definition = examples().join(file);
        let json: Value =
            serde_json::from_slice(&fs::read(&definition).expect("the file")).expect("JSON");
        let list = json["containerDefinitions"].as_array().expect("a list");
        let own = list
            .iter()
            .find(|one| one["name"] == container)
            .expect("the container");
        let command: Vec<String> = serde_json::from_value(own["command"].clone()).expect("words");
        Paramexec::new()
            .arg("--mock")
            .args(["--container", container, "--manifest"])
            .arg(&definition)
            .args([
                "--",
                "/bin/sh",
                "-c",
                "echo $DB_PASSWORD $API_TOKEN $RAILS_ENV \"$@\"",
                "sh",
            ])
            .args(command)
            .expect_stdout_containing("mock:/shop/production/db/password ")
            .expect_stdout_containing(shown)
            .expect_stderr("paramexec: running on mock placeholders, not on AWS\n")
            .check();
        // And as the task itself: what the definition says is then the environment of the process.
        let mut run = Paramexec::new().args(["--plan", "--format=json", "/bin/true"]);
        for entry in own["environment"].as_array().expect("a list") {
            let text = |name: &str| entry[name].as_str().expect("a text").to_owned();
            run = run.env(text("name"), text("value"));
        }
        run.expect_stdout_containing("\"sources\": [\n    {\n")
            .check();
    }
}

#[test]
fn every_reference_option_and_variable_is_one_that_paramexec_takes() {
    let command = paramexec::cli::Args::command();
    let variables: Vec<String> = command
        .get_arguments()
        .filter_map(|option| option.get_env()?.to_str().map(str::to_owned))
        .collect();
    let mut references = 0;
    for file in files(&examples()) {
        let text = fs::read_to_string(&file).expect("text");
        // ARG names an image there.
        let words =
            |apart: &'static str| text.split(move |c: char| c.is_whitespace() || apart.contains(c));
        for variable in words("\"'=:,{}()[]`$").filter(|word| word.starts_with("PARAMEXEC_")) {
            assert!(
                variables.iter().any(|known| known == variable) || variable == "PARAMEXEC_IMAGE",
                "{variable} in {file:?}"
            );
        }
        for word in words("\"'`,|") {
            let begin = ["ssm://", "secretsmanager://"]
                .iter()
                .find_map(|scheme| word.find(scheme));
            let Some(word) = begin
                .map(|begin| &word[begin..])
                .filter(|word| !word.contains('$'))
            else {
                continue;
            };
            references += 1;
            let option = if word.ends_with('/') {
                ("PARAMEXEC_FROM", word)
            } else {
                ("A", word.trim_end_matches(':'))
            };
            let outcome = Paramexec::new()
                .args(["--plan", "/bin/true"])
                .env(option.0, option.1)
                .run();
            assert_eq!(outcome.code(), Some(0), "{file:?}: {}", outcome.stderr());
        }
    }
    assert!(references > 15, "{references}");
}

#[test]
fn the_workflow_asks_for_what_it_says() {
    let workflow = fs::read_to_string(examples().join("github-actions/smoke.yaml")).expect("text");
    for line in workflow.lines().filter(|line| line.contains("docker run")) {
        assert!(line.contains("-e PARAMEXEC_"), "{line}");
    }
}
