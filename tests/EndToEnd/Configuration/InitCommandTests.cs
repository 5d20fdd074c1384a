using Fairway.Rollouts;
using Fairway.Adapters.Yaml;
using Fairway.Catalog;

namespace Fairway.Configuration;

/// <summary><c>fairway init</c>: what it finds, and that what it writes is valid.</summary>
public sealed class InitCommandTests
{
    private const string WebProject = "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>";

    /// <summary>Files as "name = content" with | for line ends, and what the first service must be.</summary>
    public static TheoryData<string, string[], string, string, string, string> Projects => new()
    {
        { ".NET", [$"Acme.Shop.csproj={WebProject}", "Program.cs=app.MapGet(\"/healthz\", () => 1);"], "acme-shop",
            "dotnet publish Acme.Shop.csproj -c Release -o bin/fairway",
            "./Acme.Shop --urls http://127.0.0.1:$PORT", "bin/fairway" },
        { ".NET in src", [$"src/Web/Web.csproj={WebProject}", "src/Lib/Lib.csproj=<Project Sdk=\"Microsoft.NET.Sdk\"/>",
            "tests/T/T.csproj=<Project Sdk=\"Microsoft.NET.Sdk.Web\"/>"], "web",
            "dotnet publish src/Web/Web.csproj -c Release -o bin/fairway", "./Web --urls http://127.0.0.1:$PORT", "bin/fairway" },
        { "Node", ["package.json={\"name\":\"@acme/shop\",\"scripts\":{\"start\":\"node server.js\"}}", "server.js="], "shop", "",
            "node server.js", "." },
        { "Node with a build",
            ["package.json={\"scripts\":{\"start\":\"next start -p $PORT\",\"build\":\"next build\"},\"dependencies\":{\"next\":\"1\"}}",
            "package-lock.json={}"], "my-shop",
            "sh -c 'npm ci && npm run build'", "npm start", "." },
        { "Node with pnpm", ["package.json={\"main\":\"index.js\",\"dependencies\":{\"x\":\"1\"}}", "pnpm-lock.yaml=", "index.js="],
            "my-shop", "pnpm install --frozen-lockfile", "node index.js", "." },
        { "FastAPI", ["requirements.txt=fastapi|uvicorn|", "app/main.py=from fastapi import FastAPI|app = FastAPI()|"], "my-shop",
            "python3 -m pip install -r requirements.txt --target packages",
                "python3 -m uvicorn app.main:app --host 127.0.0.1 --port $PORT", "." },
        { "Flask", ["pyproject.toml=[project]|name='x'|dependencies=['gunicorn']",
            "web.py=import flask|application: flask.Flask = flask.Flask(__name__)|"], "my-shop",
            "python3 -m pip install . --target packages", "python3 -m gunicorn --bind 127.0.0.1:$PORT web:application", "." },
        { "Django", ["manage.py=", "shop/wsgi.py=", "requirements.txt=django|gunicorn|"], "my-shop",
            "python3 -m pip install -r requirements.txt --target packages",
            "python3 -m gunicorn --bind 127.0.0.1:$PORT shop.wsgi:application", "." },
        { "Python", ["server.py=print()"], "my-shop", "", "python3 server.py", "." },
        { "Go", ["go.mod=module example.com/acme/shop/v2|go 1.22|", "main.go=package main|"], "shop", "go build -o out/shop .", "./shop",
            "out" },
        { "Go with cmd", ["go.mod=module example.com/shop|", "lib.go=package shop|", "cmd/admin/main.go=package main|",
            "cmd/shop/main.go=package main|"], "shop", "go build -o out/shop ./cmd/shop",
            "./shop", "out" },
        { "Rust", ["Cargo.toml=[package]|name = \"shop-server\"|version = \"1.0.0\"|", "Cargo.lock=", "src/main.rs="], "shop-server",
            "cargo install --path . --root out --force --locked",
            "./bin/shop-server", "out" },
        { "Procfile", ["Procfile=web: bundle exec puma -p $PORT|worker: FOO=1 bundle exec sidekiq && true|release: x|"], "my-shop", "",
            "bundle exec puma -p $PORT", "." },
        { "Procfile of Node",
            ["Procfile=web: node web.js|", "package.json={\"scripts\":{\"start\":\"node x.js\"},\"dependencies\":{\"x\":\"1\"}}"],
            "my-shop", "npm install", "node web.js", "." },
    };

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_gets_a_valid_file_that_runs_it(string kind, string[] files, string name, string build, string run, string path)
    {
        Assert.NotEmpty(kind);
        using var folder = new TemporaryFolder();
        foreach (var file in files) folder.Write(file.Split('=', 2)[0], file.Split('=', 2)[1].Replace('|', '\n'));
        var spec = Init(folder);
        Assert.Equal((name, build, run, path), (spec.Key.Service, CommandWords.Join(spec.Build), CommandWords.Join(spec.Workload.Command),
            spec.Path));
    }

    [Fact]
    public void An_executable_is_found_by_its_mode()
    {
        using var folder = new TemporaryFolder();
        folder.Write("README.md", "#! no");
        folder.Write("zz", "#!/bin/sh\n");
        folder.Write("serve", "#!/bin/sh\n");
        foreach (var file in new[] { "zz", "serve" }) File.SetUnixFileMode(folder[file], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal("./serve", Assert.Single(Init(folder).Workload.Command));
    }

    [Fact]
    public void A_health_check_in_the_source_becomes_the_readiness_check()
    {
        using var folder = new TemporaryFolder();
        folder.Write("go.mod", "module shop\n");
        folder.Write("main.go", "package main\nfunc main() { http.HandleFunc(\"/healthz\", ok) }\n");
        Assert.Equal((HealthCheckKind.Http, "/healthz"), (Init(folder).Workload.Ready.Kind, Init(folder, "--force").Workload.Ready.Path));
    }

    [Fact]
    public void Other_processes_of_a_Procfile_answer_no_requests()
    {
        using var folder = new TemporaryFolder();
        folder.Write("Procfile", "worker: FOO=1 ./work | tee log\nweb: ./web\n");
        Init(folder);
        var configuration = YamlConfiguration.Load(folder["fairway.yaml"], _ => null).Configuration!;
        Assert.Equal("sh -c 'FOO=1 ./work | tee log'", CommandWords.Join(configuration.Resolve("production", "worker")!.Workload.Command));
        Assert.Empty(configuration.Resolve("production", "worker")!.Routes);
        Assert.Single(configuration.Resolve("production", "my-shop")!.Routes);
    }

    [Fact]
    public void An_existing_file_stays_unless_forced()
    {
        using var folder = new TemporaryFolder();
        folder.Write("server.py", "");
        folder.Write("fairway.yaml", "mine");
        var refused = Offline.Run("init", folder.Path);
        Assert.Equal((1, "mine"), (refused.ExitCode, File.ReadAllText(folder["fairway.yaml"])));
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, Offline.Run("init", folder.Path, "--force").ExitCode);
        Assert.Contains("python3 server.py", File.ReadAllText(folder["fairway.yaml"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_written_where_nothing_is_found()
    {
        using var folder = new TemporaryFolder();
        folder.Write("notes.txt", "");
        var run = Offline.Run("init", folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"no service found in {folder.Path}; looked for a Procfile", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["fairway.yaml"]));
    }

    [Theory]
    [InlineData("package.json", "{ not json")]
    [InlineData("package.json", "[]")]
    [InlineData("a.csproj", "<Project")]
    [InlineData("Cargo.toml", "[workspace]")]
    [InlineData("go.mod", "module")]
    [InlineData("Procfile", "no processes")]
    public void A_broken_project_file_is_not_a_service(string file, string content)
    {
        using var folder = new TemporaryFolder();
        folder.Write(file, content);
        Assert.Equal(1, Offline.Run("init", folder.Path).ExitCode);
    }

    private static ServiceSpec Init(TemporaryFolder folder, params string[] options)
    {
        var run = Offline.Run(["init", folder.Path, .. options]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var loaded = YamlConfiguration.Load(folder["fairway.yaml"], _ => null);
        Assert.Empty(loaded.Diagnostics);
        return loaded.Configuration!.All.MaxBy(spec => spec.Routes.Length)!;
    }
}
