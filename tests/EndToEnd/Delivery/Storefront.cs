using System.Diagnostics;
using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Serve;

namespace Fairway.Delivery;

/// <summary>
/// The example storefront with a control plane of the real program, a working copy that a real git pushes from, and two people. Made once for a class: its first
/// commit is in production when the tests begin.
/// </summary>
[CollectionDefinition(Name)]
public sealed class Storefront : IAsyncLifetime, ICollectionFixture<Storefront>
{
    /// <summary>The tests that share it.</summary>
    public const string Name = "storefront";

    private readonly List<string> _revoked = [];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-storefront-").FullName;
    private ControlPlaneProcess? _plane;
    private (string Server, string Token) _ben;

    public Storefront()
    {
        // Jobs run as another user, who must get at the vulnerability database.
        File.SetUnixFileMode(_folder, (UnixFileMode)0x1ED);
        Data = new(Path.Combine(_folder, "data"));
        Client = FairwayClient.For(Data);
    }

    internal DataFolder Data { get; }

    internal FairwayClient Client { get; }

    internal int Edge { get; } = ShopFolder.FreePort();

    internal int Console { get; } = ShopFolder.FreePort();

    internal string Work => Path.Combine(_folder, "work");

    /// <summary>The commit that everything is well with.</summary>
    internal string Good { get; private set; } = "";

    /// <summary>The run of the first commit.</summary>
    internal PipelineRunInfo First { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Copy(Path.Combine(Root(), "examples", "storefront"), Work);
        Directory.CreateDirectory(Path.Combine(_folder, "plane"));
        Copy(Path.Combine(Work, "osv"), Path.Combine(_folder, "plane", "osv"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "token"), "a-token");
        await File.WriteAllTextAsync(Path.Combine(_folder, "plane", "fairway.yaml"), Quick(await File.ReadAllTextAsync(Path.Combine(Work, "fairway.yaml"))));
        await StartAsync();
        var console = (await Client.GetStatusAsync(default)).ControlPlane.Console!;
        _ben = (console, (await TokenOfAsync(console, "ben")).Secret);
        Git("init", "-q", "-b", "main", ".");
        Assert.Equal(0, (await FairwayAsync("git", "setup", "storefront")).Code);
        (Good, _) = Push("feat: the storefront");
        First = await RunOfAsync(Good);
        Assert.True(First.State == "succeeded", Words(First));
        foreach (var service in (string[])["web", "prices"])
        {
            await HeldAsync(service, Good[..12]);
            Assert.Equal(0, (await AsBenAsync("approve", service, "--environment", "production", "--reason", "looks good")).Code);
        }
        foreach (var service in (string[])["web", "prices"]) await ServesAsync("production", service, Good[..12]);
    }

    /// <summary>Starts a control plane and waits until it answers.</summary>
    internal async Task StartAsync()
    {
        var plane = ControlPlaneProcess.Start("serve", "--data", Data.Path, "--config", Path.Combine(_folder, "plane", "fairway.yaml"), "--listen", $"127.0.0.1:{Console}");
        _plane = plane;
        await UntilAsync(
            async () => plane.HasEnded ? throw new InvalidOperationException($"the control plane ended\n{plane.Text()}") : await Client.IsRunningAsync(default),
            () => $"the control plane answers\n{plane.Text()}");
    }

    /// <summary>kill -9 of the control plane, and another one in its place.</summary>
    internal async Task KillAsync()
    {
        _plane!.Signal(9);
        await _plane.EndAsync();
        _plane.Dispose();
        await StartAsync();
    }

    /// <summary>Commits the good files with changes, and pushes.</summary>
    /// <returns>The commit, and what git said.</returns>
    internal (string Commit, string Output) Push(string message, params (string File, string Old, string New)[] changes)
    {
        Commit(message, changes);
        return (Git("rev-parse", "HEAD").Trim(), Git("push", "fairway", "main"));
    }

    internal void Commit(string message, params (string File, string Old, string New)[] changes)
    {
        if (Good.Length > 0)
        {
            Git("rm", "-q", "-r", "-f", ".");
            Git("checkout", "-q", Good, "--", ".");
        }
        foreach (var (file, old, replacement) in changes)
        {
            var path = Path.Combine(Work, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var text = old.Length == 0 ? "" : File.ReadAllText(path);
            Assert.Contains(old, text, StringComparison.Ordinal);
            File.WriteAllText(path, old.Length == 0 ? replacement : text.Replace(old, replacement, StringComparison.Ordinal));
        }
        if (_revoked.Count > 0) File.WriteAllLines(Path.Combine(Work, ".gitleaksignore"), _revoked);
        Git("add", "-A");
        Git("commit", "-q", "--allow-empty", "-m", message);
    }

    /// <summary>Somebody revoked a secret that is in the history: commits from now on name it by its fingerprint.</summary>
    internal void Revoke(string fingerprint) => _revoked.Add(fingerprint);

    /// <summary>The run of a pipeline on a commit, when it is over.</summary>
    internal async Task<PipelineRunInfo> RunOfAsync(string commit, string pipeline = "main", string? service = null)
    {
        PipelineRunInfo? found = null;
        await UntilAsync(async () =>
        {
            var runs = await AskAsync($"/api/pipelines/runs?pipeline={pipeline}&limit=50", WireJson.Default.IReadOnlyListPipelineRunInfo);
            found = runs.FirstOrDefault(run => run.Commit == commit && (service is null || run.Deployed == $"staging/{service}"));
            return found is { State: not "running" };
        }, () => $"{pipeline} of {commit} is over: {(found is null ? "none" : Words(found))}");
        return found!;
    }

    /// <summary>Waits until a version serves.</summary>
    internal async Task<ServiceInfo> ServesAsync(string environment, string service, string version) => await ServiceAsync(
        environment, service, now => now.State == ServiceStates.Stable && now.Rollout?.Summary is { HasEnded: true, Phase: RolloutPhases.Completed } rollout && rollout.Version == version, $"{version} serves");

    /// <summary>Waits until a version waits for production's gate for nothing but approval.</summary>
    internal Task<ServiceInfo> HeldAsync(string service, string version) => ServiceAsync("production", service,
        now => now.Queued is { Gate: { Answer: "hold" } gate } queued && queued.Version == version
            && gate.Rules.Where(rule => rule.Answer != "allow").Select(rule => rule.Rule).SequenceEqual(["approvals"], StringComparer.Ordinal), $"{version} waits for approval");

    internal async Task<ServiceInfo> ServiceAsync(string environment, string service, Func<ServiceInfo, bool> holds, string what)
    {
        ServiceInfo? last = null;
        await UntilAsync(
            async () => holds(last = await Client.GetServiceAsync(environment, service, default)),
            () => $"{what} in {environment}/{service}; it is {last?.State} {last?.Rollout?.Summary.Version} {last?.Rollout?.Summary.Phase}: {last?.Rollout?.Summary.Why.Sentence}; "
                + $"queued {last?.Queued?.Version}: {last?.Queued?.Gate?.Why.Sentence}");
        return last!;
    }

    /// <summary>What was found out about an artifact, by kind.</summary>
    internal async Task<ArtifactInfo> ArtifactAsync(string service, string release)
        => (await Client.GetArtifactsAsync((await Client.GetReleasesAsync(service, default)).Single(one => one.Digest == release).Artifact, default)).Single();

    /// <summary>An answer through the edge.</summary>
    internal async Task<(int Status, string? Version, string Body)> GetAsync(string host, string path = "/")
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{Edge}{path}");
        request.Headers.Host = host;
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, answer.Headers.TryGetValues("Storefront-Version", out var version) ? version.Single() : null, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Requests for the page until told to stop, each user's own, who looks at it for a moment.</summary>
    internal async Task LoadAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await GetAsync("localhost");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>What a host was to be told of a commit, the newest first.</summary>
    internal async Task<string[]> StatusesAsync(string commit)
        => [.. (await Client.SearchAuditAsync(new(null, "source-status-planned", "source/storefront", null, null, null), null, 200, default)).Records
            .Select(record => record.Data.GetProperty("status")).Where(status => status.GetProperty("commit").GetString() == commit)
            .Select(status => $"{status.GetProperty("context").GetString()} {status.GetProperty("state").GetString()}: {status.GetProperty("description").GetString()}")];

    internal string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-c", "user.name=anna", "-c", "user.email=anna@example.com", "-c", "commit.gpgsign=false", .. arguments])
        {
            WorkingDirectory = Work, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        using var git = Process.Start(start)!;
        git.StandardInput.Close();
        var errors = git.StandardError.ReadToEndAsync();
        var output = git.StandardOutput.ReadToEnd() + errors.Result;
        Assert.True(git.WaitForExit(TimeSpan.FromMinutes(3)), "git does not end");
        Assert.True(git.ExitCode == 0, $"git {string.Join(' ', arguments)}: {output}");
        return output;
    }

    internal Task<(int Code, string Output)> FairwayAsync(params string[] arguments) => RunAsync([new("FAIRWAY_DATA", Data.Path)], arguments);

    internal Task<(int Code, string Output)> AsBenAsync(params string[] arguments) => RunAsync([new("FAIRWAY_SERVER", _ben.Server), new("FAIRWAY_TOKEN", _ben.Token)], arguments);

    internal static async Task UntilAsync(Func<Task<bool>> condition, Func<string> what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            if (limit.IsCancellationRequested) throw new TimeoutException($"not within {Limit.TotalSeconds:0} s: {what()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    internal static string Words(PipelineRunInfo run)
        => $"{run.Pipeline}/{run.Run} {run.State}: {run.Why}\n" + string.Join('\n', run.Jobs.Select(job => $"  {job.Instance} {job.State}: {job.Why}"));

    internal static PipelineJobInfo Job(PipelineRunInfo run, string name) => run.Jobs.Single(job => job.Instance == name);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Client.DownAsync(default);
            await _plane!.EndAsync();
        }
        catch (FairwayException)
        {
            // Not running: nothing to stop by its word.
        }
        _plane?.Dispose();
        Client.Dispose();
        Broom.Sweep(_folder);
    }

    internal static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Fairway.slnx"))) at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("these tests run inside the checkout");
    }

    // The example's own file, with the pauses of a test and a host that is told nothing.
    private string Quick(string yaml) => yaml
        .Replace("127.0.0.1:8080", $"127.0.0.1:{Edge}", StringComparison.Ordinal)
        .Replace("checkCommits: trunk", $"checkCommits: trunk, status: {{ github: acme/storefront, token: \"file:{_folder}/token\", api: \"http://127.0.0.1:1\" }}", StringComparison.Ordinal)
        .Replace("- { weight: 10%, pause: 30s }\n        - { weight: 50%, pause: 30s }", "- { weight: 50%, pause: 1s }", StringComparison.Ordinal)
        .Replace("pause: 30s", "pause: 500ms", StringComparison.Ordinal)
        .Replace("guard: 30s\n", "guard: 500ms\n      judge: { minStep: 500ms, maxStep: 3s, undecided: advance }\n", StringComparison.Ordinal)
        .Replace("guard: 30s,", "guard: 500ms, judge: { minStep: 500ms, maxStep: 3s, undecided: advance },", StringComparison.Ordinal)
        .Replace("guard: 1s", "guard: 100ms", StringComparison.Ordinal)
        .Replace("ready: /healthz", "ready: { http: /healthz, interval: 100ms, healthyAfter: 1 }", StringComparison.Ordinal);

    private async Task<T> AskAsync<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> shape)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _ben.Server + path);
        request.Headers.Authorization = new("Bearer", _ben.Token);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var answer = await http.SendAsync(request);
        return JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), shape)!;
    }

    /// <summary>Another person with a token of their own: made in a session of theirs, as people do.</summary>
    private async Task<CreatedToken> TokenOfAsync(string console, string name)
    {
        var link = await Client.CreateLinkAsync(new(name, ["admin"]), default);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = true });
        using (await http.PostAsync(console + "/sign-in", new FormUrlEncodedContent([new("code", link.Code), new("return", "/")])))
        {
            // The cookie is what was wanted.
        }
        var me = JsonSerializer.Deserialize(await http.GetStringAsync(console + "/api/access/me"), WireJson.Default.MeInfo)!;
        using var request = new HttpRequestMessage(HttpMethod.Post, console + "/api/access/tokens")
        {
            Content = new StringContent($$"""{"name":"{{name}}","roles":["approver"]}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Csrf-Token", me.CsrfToken);
        using var answer = await http.SendAsync(request);
        return JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), WireJson.Default.CreatedToken)!;
    }

    private async Task<(int Code, string Output)> RunAsync(KeyValuePair<string, string>[] environment, string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "fairway"), arguments) { WorkingDirectory = Work, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var program = Process.Start(start)!;
        var errors = program.StandardError.ReadToEndAsync();
        var output = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();
        return (program.ExitCode, output + await errors);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(from, file);
            // What somebody built or started there is not the example's.
            if (path.Split('/') is var parts && parts.Any(part => part is "bin" or "obj" or "node_modules")) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, path))!);
            File.Copy(file, Path.Combine(to, path));
        }
    }
}
