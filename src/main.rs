//! The command line.

use clap::{Parser, Subcommand};
use feldsher::app::App;
use feldsher::app::config::{Config, LogFormat};
use feldsher::clinic::ROOMS;
use feldsher::clinic::identity::{NewStaff, Role, add_staff};
use feldsher::kernel::audit;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Db};
use feldsher::kernel::error::{Error, Result};
use feldsher::server::{demo, http, service, start};
use feldsher_migrations::{Record, Register};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(version, about = "An open telemedicine backend", arg_required_else_help = true)]
struct Cli {
    /// The configuration file. Default: feldsher.toml, if there is one.
    #[arg(long, global = true, env = "FELDSHER_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server; it creates what is missing and migrates.
    Serve {
        /// For app teams: peers in memory, /sandbox/messages, /sandbox/clock. Loopback only, on a folder of its own.
        #[arg(long)]
        sandbox: bool,
    },
    /// Walk one patient's life over HTTP in a temporary folder, then stay up to be explored.
    Demo {
        /// Exit after the journey; non-zero if a step failed.
        #[arg(long)]
        once: bool,
        /// Where the demo listens.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
    /// Bring both schemas up to date.
    Migrate,
    /// Print the contract, or hold a file against it.
    Openapi {
        /// Exit non-zero when this file differs from what the code says.
        #[arg(long)]
        check: Option<PathBuf>,
    },
    /// Staff accounts.
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// Keys.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// The trail.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Make an account; its one-time password is printed once.
    Add {
        /// doctor, reception, support, officer or administrator
        #[arg(long)]
        role: String,
        #[arg(long)]
        login: String,
        #[arg(long)]
        name: String,
    },
}

#[derive(Subcommand)]
enum KeysCommand {
    /// End the epoch: wrap every living key anew and destroy the old wrapping key.
    Rotate,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Recompute the chain; name the first bad line, or a missing tail.
    Verify,
}

fn main() -> ExitCode {
    http::hush_panics();
    // One TLS implementation for every client in the process.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Error::internal(format!("the runtime does not start: {error}"))),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

fn fail(error: &Error) -> ExitCode {
    match error {
        Error::Internal(text) => eprintln!("feldsher: {text}"),
        Error::Unavailable(text) => eprintln!("feldsher: {text}"),
        Error::Refused(refusal) => eprintln!("feldsher: refused ({}) {:?}", refusal.code, refusal.fields),
    }
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> Result<ExitCode> {
    if let Command::Openapi { check } = &cli.command {
        return openapi(check.as_deref());
    }
    if let Command::Demo { once, listen } = cli.command {
        log(LogFormat::Text, "error");
        return Ok(if demo::run(listen, once).await? { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let config = load(cli.config)?;
    log(config.log_format, &config.log_level);
    match cli.command {
        Command::Serve { sandbox } => start::serve(config, sandbox).await?,
        Command::Migrate => migrate(&config).await?,
        Command::Staff { command: StaffCommand::Add { role, login, name } } => staff_add(config, &role, login, name).await?,
        Command::Keys { command: KeysCommand::Rotate } => {
            let app = App::open(config, Ambient::system(), ROOMS).await?;
            println!(
                "epoch {} begins; make a new backup of the register, older ones can't be opened any more",
                app.vault.rotate().await?
            );
        }
        Command::Audit { command: AuditCommand::Verify } => return audit_verify(config).await,
        Command::Demo { .. } | Command::Openapi { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn load(file: Option<PathBuf>) -> Result<Config> {
    let file = file.or_else(|| Path::new("feldsher.toml").exists().then(|| PathBuf::from("feldsher.toml")));
    Config::load(file.as_deref(), std::env::vars().filter(|(name, _)| name != "FELDSHER_CONFIG"))
}

fn log(format: LogFormat, level: &str) {
    // What the libraries say of themselves at each start is no news to an operator.
    let filter = tracing_subscriber::EnvFilter::new(format!("{level},sea_orm_migration=warn,poem=warn"));
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}

async fn migrate(config: &Config) -> Result<()> {
    let (record, register) = App::stores(config, &Ambient::system()).await?;
    record.migrate::<Record>().await?;
    register.migrate::<Register>().await?;
    println!("both schemas are up to date");
    close(record, register).await;
    Ok(())
}

async fn close(record: Db, register: Db) {
    record.close().await;
    register.close().await;
}

fn openapi(check: Option<&Path>) -> Result<ExitCode> {
    let contract =
        serde_json::to_string_pretty(&service::contract()?).map_err(|_| Error::internal("the contract is no JSON"))? + "\n";
    let Some(path) = check else {
        print!("{contract}");
        return Ok(ExitCode::SUCCESS);
    };
    let committed = std::fs::read_to_string(path).map_err(|error| Error::internal(format!("{}: {error}", path.display())))?;
    if committed == contract {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "feldsher: {} is not what the code says; write it anew with `feldsher openapi > {}`",
        path.display(),
        path.display()
    );
    Ok(ExitCode::FAILURE)
}

async fn staff_add(config: Config, role: &str, login: String, name: String) -> Result<()> {
    let role = Role::parse(role)
        .filter(|role| Role::STAFF.contains(role))
        .ok_or_else(|| Error::internal("--role is doctor, reception, support, officer or administrator"))?;
    let app = App::open(config, Ambient::system(), ROOMS).await?;
    let new = NewStaff { role, clinic: None, login, name };
    let (id, password) = add_staff(&app, &Actor::house("staff add"), new).await?;
    println!("account   {id}\npassword  {password}   (shown once; to be changed at the first sign-in, within three days)");
    Ok(())
}

async fn audit_verify(config: Config) -> Result<ExitCode> {
    let app = App::open(config, Ambient::system(), ROOMS).await?;
    let verified = audit::verify(&app.db, &app.sealer).await?;
    match verified.finding {
        None => {
            println!(
                "{} lines, every link holds; what was written in the last quarter of a second is not chained yet",
                verified.lines
            );
            Ok(ExitCode::SUCCESS)
        }
        Some(finding) => {
            println!("{} lines hold, then: {finding}", verified.lines);
            Ok(ExitCode::FAILURE)
        }
    }
}
