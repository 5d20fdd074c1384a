using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Fairway.Source;

/// <summary>What no git would send, sent by hand.</summary>
public sealed class HostilePackTests
{
    private const long Giant = 10L << 30;

    [Fact]
    public async Task Ten_gibibytes_are_refused_by_their_first_bytes()
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        using var body = new GiantPush();
        using var request = new HttpRequestMessage(HttpMethod.Post, house.Url + "/git-receive-pack") { Content = body };
        request.Content.Headers.ContentType = new("application/x-git-receive-pack-request");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("fairway:" + (await house.Client.GetGitCredentialAsync(default)).Password)));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        string told;
        using (var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            told = await answer.Content.ReadAsStringAsync();
        }
        Assert.Contains("refused: a file of 10 GiB is in the push, and at most 100 MiB is taken", told, StringComparison.Ordinal);
        Assert.Contains("10 GiB", (await house.EventAsync("source-push-refused.v1")).Data.GetProperty("reasons")[0].GetProperty("what").GetString(), StringComparison.Ordinal);
        Assert.InRange(new DirectoryInfo(Path.Combine(house.Data, "repositories")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), 0, 1 << 20);
    }

    [Fact]
    public async Task Names_that_some_system_takes_for_git_s_own_are_refused_each_with_its_reason()
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        var blob = house.Git("x", ["hash-object", "-w", "--stdin"]).Output.Trim();
        foreach (var name in (string[])[".git ", ".git.", ".Git", "GIT~1", ".g\u200cit", ".git::$INDEX_ALLOCATION", "..", ".", ".git\\config", "a\u001b[31mb", "con\nfig"])
        {
            var tree = house.Git($"100644 blob {blob}\t{name}\0", ["mktree", "-z"]);
            // What git itself does not make cannot be pushed by it either.
            if (tree.Code != 0) continue;
            var top = house.Git($"040000 tree {tree.Output.Trim()}\tfolder\0", ["mktree", "-z"]).Output.Trim();
            var commit = house.Must("commit-tree", "-m", "feat: x", "-p", "HEAD", top).Trim();
            var (code, output) = house.Git("push", "fairway", $"{commit}:refs/heads/main");
            // Some are refused by our rules, others by git's own check while it unpacks.
            Assert.True(code == 1 && (output.Contains("remote: refused: ", StringComparison.Ordinal) || output.Contains("fsck error", StringComparison.Ordinal)), $"{name}: {output}");
            Assert.DoesNotContain('\u001b', output);
        }
        Assert.Empty((await house.ShowAsync()).Refs);
    }

    /// <summary>The beginning of a pack with one file of ten gibibytes.</summary>
    private sealed class GiantPush : HttpContent
    {
        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var line = $"{new string('0', 40)} {new string('1', 40)} refs/heads/main\0report-status side-band-64k";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{line.Length + 4:x4}{line}0000"));
            // Version 2, one object; a blob, its size in groups of 4 and then 7 bits.
            var head = new List<byte>(Encoding.ASCII.GetBytes("PACK")) { 0, 0, 0, 2, 0, 0, 0, 1 };
            var size = Giant;
            var first = (byte)((3 << 4) | (int)(size & 15));
            size >>= 4;
            head.Add((byte)(first | (size > 0 ? 0x80 : 0)));
            for (; size > 0; size >>= 7) head.Add((byte)((size & 0x7F) | (size >> 7 > 0 ? 0x80 : 0L)));
            await stream.WriteAsync(head.ToArray());
            await using var zlib = new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true);
            var nothing = new byte[1 << 20];
            try
            {
                // What it says of itself is enough; the rest would only be poured away.
                for (var sent = 0; sent < 64; sent++) await zlib.WriteAsync(nothing);
            }
            catch (IOException)
            {
                // Nobody takes more of it.
            }
        }
    }
}
