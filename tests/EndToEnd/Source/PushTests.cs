using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Fairway.Source;

/// <summary><c>git push fairway main</c>, with a real git against the real program.</summary>
public sealed class PushTests
{
    [Fact]
    public async Task A_push_is_taken_told_recorded_and_can_be_fetched_again()
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        var pushed = house.Must("push", "fairway", "main");
        Assert.Contains("remote: refs/heads/main is at", pushed);
        Assert.Contains("no pipeline is configured for shop", pushed);
        var head = house.Must("rev-parse", "HEAD").Trim();
        var shown = await house.ShowAsync();
        Assert.Equal((head, "refs/heads/main"), (shown.Refs[0].Commit, shown.Refs[0].Name));
        var record = await house.EventAsync("source-pushed.v1");
        Assert.Equal(Environment.UserName, record.Actor);
        Assert.Equal(head, record.Data.GetProperty("updates")[0].GetProperty("new").GetString());
        // Nothing of a checkout is left, and what was pushed comes back by protocol version 2.
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(house.Data, "checkouts")));
        house.Must("-c", "protocol.version=2", "fetch", "fairway");
        Assert.Equal(head, house.Must("rev-parse", "fairway/main").Trim());
        Assert.Contains("Everything up-to-date", house.Must("push", "fairway", "main"));
    }

    [Fact]
    public async Task A_control_plane_that_was_killed_knows_its_repositories_again()
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        house.Must("push", "fairway", "main");
        await house.KillAsync();
        // What moved while nobody looked is found and recorded.
        var bare = Path.Combine(house.Data, "repositories", "shop.git");
        house.Commit("b.txt", "b", "fix: more");
        house.Must("push", "-q", bare, "main");
        await File.WriteAllTextAsync(Path.Combine(bare, "refs", "heads", "main.lock"), "");
        await house.StartAsync();
        var head = house.Must("rev-parse", "HEAD").Trim();
        await Hammer.Until.TrueAsync(async () => (await house.ShowAsync()).Refs.Any(one => one.Commit == head), "the new commit is recorded");
        house.Commit("c.txt", "c", "fix: and more");
        house.Must("push", "fairway", "main");
    }

    [Fact]
    public async Task Rules_refuse_with_reasons_and_nothing_of_the_push_is_kept()
    {
        await using var house = await SourceHouse.OpenAsync("checkCommits: trunk, branches: [\"feature/*\"], tags: [\"v*\"]");
        house.Must("push", "fairway", "main");
        string Refused(params string[] push)
        {
            var (code, output) = house.Git(["push", "fairway", .. push]);
            Assert.True(code == 1, output);
            return output;
        }
        house.Commit("b.txt", "b", "added stuff");
        Assert.Contains("line 1: the first line has no type followed by a colon", Refused("main"));
        Assert.Contains("mend:    write `type(scope): description`", Refused("main"));
        house.Must("reset", "-q", "--hard", "HEAD~1");
        Assert.Contains("no rule lets the branch wild in", Refused("main:wild"));
        Assert.Contains("neither a branch nor a tag", Refused("main:refs/notes/x"));
        house.Must("tag", "x1");
        Assert.Contains("no rule lets the tag x1 in", Refused("x1"));
        Assert.Contains("main is the trunk and cannot be deleted", Refused(":main"));
        house.Must("commit", "-q", "--amend", "-m", "feat: another first");
        Assert.Contains("rewrite main, the trunk", Refused("--force", "main"));
        // All or nothing: the good branch does not come with the bad one.
        Refused("main:feature/x", "main:wild");
        Assert.Equal("refs/heads/main", Assert.Single((await house.ShowAsync()).Refs).Name);
        Assert.Equal("branch-name", (await house.EventAsync("source-push-refused.v1")).Data.GetProperty("reasons")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task Only_who_may_deploy_may_push_and_who_may_view_may_fetch()
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        house.Must("push", "fairway", "main");
        house.Must("config", "--unset-all", $"credential.http://127.0.0.1:{house.Port}.helper");
        Assert.Equal(128, house.Git("push", "fairway", "main:other").Code);
        Assert.Equal(128, house.Git("fetch", "fairway").Code);
        async Task<string> With(string role) => $"http://any:{(await house.Client.CreateTokenAsync(new(role, [role], null), default)).Secret}@127.0.0.1:{house.Port}/git/shop.git";
        var viewer = await With("viewer");
        house.Must("fetch", "-q", viewer, "main");
        var (code, output) = house.Git("push", viewer, "main:other");
        Assert.True(code == 128 && output.Contains("403", StringComparison.Ordinal), output);
        house.Must("push", await With("deployer"), "main:other");
        Assert.Equal("token:deployer", (await house.EventAsync("source-pushed.v1")).Actor);
        using var http = new HttpClient();
        using var anonymous = await http.GetAsync(house.Url + "/info/refs?service=git-receive-pack");
        Assert.Equal((HttpStatusCode.Unauthorized, "Basic"), (anonymous.StatusCode, anonymous.Headers.WwwAuthenticate.Single().Scheme));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("fairway:" + (await house.Client.GetGitCredentialAsync(default)).Password)));
        // Files of the repository are not to be had without the protocol.
        foreach (var path in (string[])["/HEAD", "/config", "/objects/info/packs", "/../../ledger.db", "/info/refs"])
            Assert.NotEqual(HttpStatusCode.OK, (await http.GetAsync(house.Url + path)).StatusCode);
        // A ticket is for git alone.
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync($"http://127.0.0.1:{house.Port}/api/status")).StatusCode);
    }
}
