using System.Net.Http.Headers;
using System.Text;

namespace Fairway.Source;

/// <summary>Submodules, names of refs, folders and numbers that no person would push: nothing runs, nothing moves that should not, and the reason is readable.</summary>
public sealed class HostileTreeTests
{
    [Fact]
    public async Task Submodules_that_mean_harm_run_and_fetch_nothing_where_submodules_are_allowed()
    {
        await using var house = await SourceHouse.OpenAsync("submodules: true, branches: [\"**\"]");
        house.Commit(".fairway/pipeline.yaml", "jobs: { x: { run: \"true\" } }\n", "feat: a pipeline");
        house.Must("push", "fairway", "main");
        var mark = Path.Combine(house.Work, "mark");
        var head = house.Must("rev-parse", "HEAD").Trim();
        (string Name, string Url)[] all =
        [
            ("x", "ext::sh -c touch%20MARK"), ("x", "file:///etc"), ("x", "ssh://-oProxyCommand=touch%20MARK/x"), ("x", "ssh://x/-oProxyCommand=touch MARK"), ("x", "-u./payload"),
            ("x", "--upload-pack=touch MARK"), ("x", "fd::17"), ("../../modules/evil", "https://example.org/x"), ("../x", "https://example.org/x"),
        ];
        for (var at = 0; at < all.Length; at++)
        {
            house.Must("reset", "-q", "--hard", head);
            File.WriteAllText(Path.Combine(house.Work, ".gitmodules"), $"[submodule \"{all[at].Name}\"]\n\tpath = x\n\turl = \"{all[at].Url.Replace("MARK", mark, StringComparison.Ordinal)}\"\n");
            house.Must("add", ".gitmodules");
            house.Must("update-index", "--add", "--cacheinfo", $"160000,{head},x");
            house.Must("commit", "-q", "-m", "feat: submodule");
            var (code, output) = house.Git("push", "fairway", $"HEAD:refs/heads/b{at}");
            // What git's own check knows is refused with its name for it; the rest is let in, and nobody goes there.
            if (code == 0) Assert.Contains("started main/", output, StringComparison.Ordinal);
            else Assert.Contains("gitmodules", output, StringComparison.OrdinalIgnoreCase);
        }
        Assert.False(File.Exists(mark));
        Assert.False(Directory.Exists(Path.Combine(house.Data, "repositories", "shop.git", "modules")));
        // Those with an option or a way out of the folder in them, which other programs fell for.
        var refs = (await house.ShowAsync()).Refs.Select(one => one.Name).ToArray();
        Assert.All((int[])[4, 5, 7, 8], at => Assert.DoesNotContain($"refs/heads/b{at}", refs));
    }

    [Fact]
    public async Task Refs_that_no_git_would_name_are_refused_and_nothing_of_the_push_moves()
    {
        await using var house = await SourceHouse.OpenAsync("branches: [\"**\"]");
        house.Must("push", "fairway", "main");
        var head = house.Must("rev-parse", "HEAD").Trim();
        var before = (await house.ShowAsync()).Refs;
        foreach (var name in (string[])["refs/heads/\u001b[2J", "refs/heads/a\u0007b", "refs/heads/../../hooks/post-receive", "refs/heads/x.lock", "refs/heads/.x", "refs/heads/a b", "refs/heads/a\\b", "refs/heads/@{x",
            "HEAD", "config", "../config", "refs/fairway/fetched/heads/x", "refs/heads/" + new string('x', 5000), "--upload-pack=x", "refs/heads/\ud83d\ude00\u202e", "refs/heads/a\r\nb", ""])
        {
            var (status, told) = await PushAsync(house, [$"{new string('0', 40)} {head} {name}"]);
            Assert.True(status is >= 200 and < 500, $"{name}: {status}");
            Assert.False(name.Length > 0 && told.Contains("ok " + name, StringComparison.Ordinal) && name != "refs/heads/\ud83d\ude00\u202e", $"{name}: {told}");
        }
        var refs = (await house.ShowAsync()).Refs;
        Assert.Equal(before.Select(one => one.Name), refs.Select(one => one.Name).Where(name => !name.Contains('\u202e', StringComparison.Ordinal)));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(house.Data, "repositories", "shop.git"), "post-receive", SearchOption.AllDirectories));
        house.Commit("b.txt", "b", "feat: it still works");
        house.Must("push", "fairway", "main");
    }

    [Fact]
    public async Task A_hundred_thousand_refs_in_one_push_are_refused_by_the_first_of_them()
    {
        await using var house = await SourceHouse.OpenAsync("branches: [\"**\"]");
        house.Must("push", "fairway", "main");
        var head = house.Must("rev-parse", "HEAD").Trim();
        var (_, told) = await PushAsync(house, Enumerable.Range(0, 100_000).Select(number => $"{new string('0', 40)} {head} refs/heads/b{number}"));
        Assert.Contains("more branches and tags than any push", told, StringComparison.Ordinal);
        Assert.Single((await house.ShowAsync()).Refs);
    }

    [Fact]
    public async Task Folders_that_nest_without_end_are_refused_for_their_length()
    {
        await using var house = await SourceHouse.OpenAsync("branches: [\"**\"]");
        foreach (var (levels, code) in ((int, int)[])[(500, 0), (600, 1), (10_000, 1)])
        {
            // As a stream: no checkout could hold it, and a git for each level would take minutes.
            var (made, said) = house.Git(FastImport(levels), ["fast-import", "--quiet", "--force"]);
            Assert.True(made == 0, said);
            var (pushed, output) = house.Git("push", "fairway", $"refs/heads/deep{levels}");
            Assert.True(code == pushed, output);
            if (code == 1) Assert.True(output.Contains("is longer than 1024 bytes", StringComparison.Ordinal), output);
        }
        Assert.Equal(["refs/heads/deep500"], (await house.ShowAsync()).Refs.Select(one => one.Name));
        house.Must("push", "fairway", "main");
    }

    [Fact]
    public async Task A_link_and_a_folder_of_one_name_are_refused()
    {
        await using var house = await SourceHouse.OpenAsync("branches: [\"**\"]");
        foreach (var (link, file, target) in ((string, string, string)[])[("a", "a/passwd", "/etc"), ("a", "a/b", "lib")]) await RefusedAsync(house, link, file, target);
        Assert.Empty((await house.ShowAsync()).Refs);
    }

    private static async Task RefusedAsync(SourceHouse house, string link, string file, string target)
    {
        var text = house.Git("x", ["hash-object", "-w", "--stdin"]).Output.Trim();
        var to = house.Git(target, ["hash-object", "-w", "--stdin"]).Output.Trim();
        var below = house.Git($"100644 blob {text}\t{file.Split('/')[1]}\0", ["mktree", "-z"]).Output.Trim();
        // A tree as bytes: no command makes one in which a name is twice.
        var raw = new MemoryStream();
        foreach (var (mode, name, hash) in ((string, string, string)[])[("120000", link, to), ("40000", link, below)])
        {
            raw.Write(Encoding.UTF8.GetBytes($"{mode} {name}\0"));
            raw.Write(Convert.FromHexString(hash));
        }
        var path = Path.Combine(house.Work, "tree");
        await File.WriteAllBytesAsync(path, raw.ToArray());
        var tree = house.Must("hash-object", "-w", "-t", "tree", "--literally", path).Trim();
        var commit = house.Must("commit-tree", "-m", "feat: x", tree).Trim();
        var (code, output) = house.Git("push", "fairway", $"{commit}:refs/heads/x");
        Assert.True(code == 1 && (output.Contains("duplicateEntries", StringComparison.Ordinal) || output.Contains("outside of the tree", StringComparison.Ordinal)), output);
    }

    private static string FastImport(int levels)
        => "blob\nmark :1\ndata 1\nx\ncommit refs/heads/deep" + levels.ToString(System.Globalization.CultureInfo.InvariantCulture) + "\ncommitter anna <anna@example.com> 0 +0000\ndata 7\nfeat: x\nM 100644 :1 " + string.Concat(Enumerable.Repeat("d/", levels)) + "f\n\n";

    /// <summary>A push by hand: commands, and a pack with nothing in it.</summary>
    private static async Task<(int Status, string Told)> PushAsync(SourceHouse house, IEnumerable<string> commands)
    {
        var body = new MemoryStream();
        var first = true;
        foreach (var command in commands)
        {
            var bytes = Encoding.UTF8.GetBytes(first ? command + "\0report-status" : command);
            first = false;
            body.Write(Encoding.ASCII.GetBytes($"{bytes.Length + 4:x4}"));
            body.Write(bytes);
        }
        body.Write("0000"u8);
        byte[] pack = [.. "PACK"u8, 0, 0, 0, 2, 0, 0, 0, 0];
        body.Write(pack);
        body.Write(System.Security.Cryptography.SHA1.HashData(pack));
        using var request = new HttpRequestMessage(HttpMethod.Post, house.Url + "/git-receive-pack") { Content = new ByteArrayContent(body.ToArray()) };
        request.Content.Headers.ContentType = new("application/x-git-receive-pack-request");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("fairway:" + (await house.Client.GetGitCredentialAsync(default)).Password)));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
