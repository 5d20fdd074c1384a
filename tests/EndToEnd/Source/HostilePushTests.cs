namespace Fairway.Source;

/// <summary>Pushes that mean harm: each is refused with a reason, and nothing of it is kept.</summary>
public sealed class HostilePushTests
{
    [Fact]
    public async Task A_giant_file_is_refused_while_it_streams_and_explained()
    {
        await using var house = await SourceHouse.OpenAsync("limits: { file: 1Mi, push: 8Mi }");
        using (var sparse = File.Create(Path.Combine(house.Work, "giant.bin"))) sparse.SetLength(600L << 20);
        house.Must("-c", "core.bigFileThreshold=1m", "add", "giant.bin");
        house.Must("commit", "-q", "-m", "feat: a giant");
        var (code, output) = house.Git("-c", "core.bigFileThreshold=1m", "push", "fairway", "main");
        Assert.True(code == 1, output);
        Assert.True(output.Contains("remote: refused: a file of 600 MiB is in the push, and at most 1 MiB is taken", StringComparison.Ordinal), output);
        Assert.Contains("remote: mend:", output);
        Assert.Contains("600 MiB", (await house.EventAsync("source-push-refused.v1")).Data.GetProperty("reasons")[0].GetProperty("what").GetString());
        var noise = new byte[20 << 20];
        new Random(5).NextBytes(noise);
        house.Must("reset", "-q", "--hard", "HEAD~1");
        for (var part = 0; part < 20; part++) await File.WriteAllBytesAsync(Path.Combine(house.Work, $"noise{part}"), noise[(part << 20)..((part << 20) + (1 << 20) - 1)]);
        house.Must("add", "-A");
        house.Must("commit", "-q", "-m", "feat: noise");
        (code, output) = house.Git("push", "fairway", "main");
        Assert.True(code == 1 && output.Contains("the push is larger than 8 MiB", StringComparison.Ordinal), output);
        // What was refused takes no room.
        var kept = new DirectoryInfo(Path.Combine(house.Data, "repositories")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        Assert.InRange(kept, 0, 1 << 20);
    }

    [Theory]
    [InlineData("120000", "link", "/etc/passwd", "symbolic link to /etc/passwd, outside of the tree")]
    [InlineData("120000", "a/link", "../../..", "outside of the tree")]
    [InlineData("120000", "link", ".git/hooks", "outside of the tree")]
    [InlineData("160000", "lib", null, "lib is a submodule")]
    [InlineData("100755", ".git/hooks/post-checkout", "#!/bin/sh\ntouch /tmp/fairway-owned\n", ".git")]
    [InlineData("100644", ".GIT/config", "[core]\n", ".GIT")]
    [InlineData("100644", "git~1/config", "[core]\n", "dotgit")]
    [InlineData("100644", "a/../../b", "x", "..")]
    public async Task Trees_that_act_outside_of_themselves_are_refused(string mode, string path, string? content, string reason)
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        var hash = content is null ? house.Must("rev-parse", "HEAD").Trim() : Hash(house, content);
        var (type, name, top) = (mode == "160000" ? "commit" : "blob", path.Split('/'), "");
        // git itself would not add such paths; a tree is made by hand, from the leaf up.
        for (var at = name.Length - 1; at >= 0; at--)
        {
            var (code, made) = house.Git($"{(at == name.Length - 1 ? mode : "040000")} {(at == name.Length - 1 ? type : "tree")} {(at == name.Length - 1 ? hash : top)}\t{name[at]}\0", ["mktree", "-z", "--missing"]);
            Assert.True(code == 0, made);
            top = made.Trim();
        }
        var commit = house.Must("commit-tree", "-m", "feat: x", "-p", "HEAD", top).Trim();
        var (pushed, output) = house.Git("push", "fairway", $"{commit}:refs/heads/main");
        Assert.True(pushed == 1, output);
        Assert.Contains(reason, output, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists("/tmp/fairway-owned"));
        Assert.Empty((await house.ShowAsync()).Refs);
    }

    [Fact]
    public async Task Words_of_others_run_nothing()
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        var mark = Path.Combine(Path.GetTempPath(), $"fairway-injected-{Guid.NewGuid():N}");
        house.Commit("b.txt", "b", $"feat: $(touch {mark}) `touch {mark}`; touch {mark}\n\n\u001b]0;title\u0007 \"; touch {mark} #");
        house.Must("config", "user.name", $"$(touch {mark})");
        foreach (var branch in (string[])["$(touch${IFS}x)", "`id`", "a;b", "a|b&c", "--upload-pack=x", "x'\"y", "${{github.token}}"])
        {
            var (code, output) = house.Git("push", "fairway", $"HEAD:refs/heads/{branch}");
            Assert.True(code is 0 or 1 or 128, output);
            Assert.DoesNotContain("\u001b]", output);
        }
        Assert.False(File.Exists(mark));
        Assert.False(File.Exists(Path.Combine(house.Work, "x")));
        // Hooks that a client has, or that lie in the tree, are not ours.
        house.Commit("hooks/post-receive", $"#!/bin/sh\ntouch {mark}\n", "feat: hooks");
        house.Must("push", "fairway", "main");
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public async Task A_submodule_to_a_file_is_refused_even_where_submodules_are_allowed_nothing_is_fetched()
    {
        await using var house = await SourceHouse.OpenAsync("submodules: true");
        var head = house.Must("rev-parse", "HEAD").Trim();
        File.WriteAllText(Path.Combine(house.Work, ".gitmodules"), "[submodule \"x\"]\n\tpath = x\n\turl = file:///etc\n");
        house.Must("add", ".gitmodules");
        house.Must("update-index", "--add", "--cacheinfo", $"160000,{head},x");
        house.Must("commit", "-q", "-m", "feat: submodule");
        house.Must("push", "fairway", "main");
        Assert.False(Directory.Exists(Path.Combine(house.Data, "repositories", "shop.git", "modules")));
        File.WriteAllText(Path.Combine(house.Work, ".gitmodules"), "[submodule \"x\"]\n\tpath = x\n\turl = --upload-pack=touch\n");
        house.Must("commit", "-q", "-am", "feat: option");
        var (code, output) = house.Git("push", "fairway", "main");
        Assert.True(code == 1 && output.Contains("gitmodulesUrl", StringComparison.OrdinalIgnoreCase), output);
    }

    private static string Hash(SourceHouse house, string content)
    {
        var (code, hash) = house.Git(content, ["hash-object", "-w", "--stdin"]);
        Assert.True(code == 0, hash);
        return hash.Trim();
    }
}
