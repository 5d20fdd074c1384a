using System.Diagnostics;
using Fairway.Client.Wire;
using Fairway.Serve;

namespace Fairway.Source;

/// <summary>The real program with a repository, and a working copy that pushes to it with a real git.</summary>
internal sealed class SourceHouse : IAsyncDisposable
{
    private readonly ShopFolder _shop;
    private ControlPlaneProcess? _plane;

    private readonly bool _edge;

    private SourceHouse(string source, bool edge)
    {
        _edge = edge;
        Port = ShopFolder.FreePort();
        _shop = new(top: source);
        Work = Directory.CreateTempSubdirectory("fairway-work-").FullName;
    }

    public int Port { get; }

    public string Work { get; }

    public string Data => _shop.Data.Path;

    public string Url => $"http://127.0.0.1:{Port}/git/shop.git";

    public Client.FairwayClient Client => _shop.Client;

    /// <summary>Opens one; the working copy has a commit and knows the control plane.</summary>
    public static async Task<SourceHouse> OpenAsync(string repository, string more = "", bool edge = false)
    {
        var house = new SourceHouse($"source:\n  repositories:\n    shop: {{ {repository} }}\n{more}", edge);
        await house.StartAsync();
        house.Must("init", "-q", "-b", "main", ".");
        house.Commit("a.txt", "hello", "feat: the first");
        var (code, output) = await house.FairwayAsync("git", "setup", "shop");
        Assert.True(code == 0, output);
        return house;
    }

    public async Task StartAsync() => _plane = await _shop.StartAsync("serve", [.. _edge ? Array.Empty<string>() : ["--no-edge"], "--listen", $"127.0.0.1:{Port}"]);

    public async Task KillAsync()
    {
        _plane!.Signal(9);
        await _plane.EndAsync();
        _plane.Dispose();
        _plane = null;
    }

    public void Commit(string file, string content, string message)
    {
        var path = Path.Combine(Work, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        Must("add", "-A");
        Must("commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", message);
    }

    public string Must(params string[] arguments)
    {
        var (code, output) = Git(arguments);
        Assert.True(code == 0, $"git {string.Join(' ', arguments)}: {output}");
        return output;
    }

    public (int Code, string Output) Git(params string[] arguments) => Git(null, arguments);

    public (int Code, string Output) Git(string? input, string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-c", "user.name=anna", "-c", "user.email=anna@example.com", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always", .. arguments])
        {
            WorkingDirectory = Work, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_ASKPASS"] = "false";
        using var git = Process.Start(start)!;
        var errors = git.StandardError.ReadToEndAsync();
        if (input is not null) git.StandardInput.Write(input);
        git.StandardInput.Close();
        var output = git.StandardOutput.ReadToEnd() + errors.Result;
        Assert.True(git.WaitForExit(TimeSpan.FromMinutes(3)), "git does not end");
        return (git.ExitCode, output);
    }

    public Task<RepositoryDetailInfo> ShowAsync() => Client.GetRepositoryAsync("shop", default);

    public async Task<EventInfo> EventAsync(string type)
    {
        EventInfo? found = null;
        await Hammer.Until.TrueAsync(async () => (found = (await ShowAsync()).Recent.FirstOrDefault(record => record.Type == type)) is not null, $"there is a {type}");
        return found!;
    }

    /// <summary>Runs the program in the working copy.</summary>
    public async Task<(int Code, string Output)> FairwayAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "fairway"), arguments)
        {
            WorkingDirectory = Work, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["FAIRWAY_DATA"] = Data;
        using var program = Process.Start(start)!;
        var errors = program.StandardError.ReadToEndAsync();
        var output = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();
        return (program.ExitCode, output + await errors);
    }

    public ValueTask DisposeAsync()
    {
        _plane?.Dispose();
        _shop.Dispose();
        Directory.Delete(Work, recursive: true);
        return ValueTask.CompletedTask;
    }
}
