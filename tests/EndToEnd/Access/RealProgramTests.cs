using System.Net;
using Fairway.Client;
using Fairway.Hammer;

namespace Fairway.Access;

/// <summary>The real program as a process of its own, with its console where it chose.</summary>
public sealed class RealProgramTests
{
    [Fact]
    public async Task A_token_opens_the_metrics_and_no_secret_is_printed_or_in_the_process_list()
    {
        await using var installation = await Installation.StartAsync("  shop: { run: sleep 1000 }\n");
        var console = (await installation.Client.GetStatusAsync(default)).ControlPlane.Console!;
        var made = await installation.Client.CreateTokenAsync(new("grafana", ["viewer"], 3600), default);
        var link = await installation.Client.CreateLinkAsync(new(null, null), default);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var anonymous = await http.GetAsync(console + "/prometheus/api/v1/query?query=1");
        http.DefaultRequestHeaders.Authorization = new("Bearer", made.Secret);
        await Until.TrueAsync(
            async () => (await http.GetAsync(console + "/prometheus/-/ready")).StatusCode == HttpStatusCode.OK, () => "the metrics engine is open");
        using var known = await http.GetAsync(console + "/prometheus/api/v1/query?query=1");
        using var write = await http.PostAsync(console + "/prometheus/api/v1/write", new ByteArrayContent([]));
        using var remote = FairwayClient.For(new Uri(console), made.Secret);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.Forbidden), (anonymous.StatusCode, known.StatusCode, write.StatusCode));
        Assert.Equal("token:grafana", (await remote.GetMeAsync(default)).Name);
        Assert.StartsWith(console + "/sign-in?code=", link.Url, StringComparison.Ordinal);
        Assert.Equal(console, (await File.ReadAllTextAsync(installation.Data.ConsoleAddress)).Trim());
        var lines = Directory.EnumerateDirectories("/proc").Select(folder => Path.Combine(folder, "cmdline")).Where(File.Exists).Select(Read).ToList();
        string printed;
        lock (installation.Output) printed = installation.Output.ToString();
        foreach (var secret in (string[])[Secret.ParseToken(made.Secret)!.Text, Secret.ParseCode(link.Code)!.Text])
        {
            Assert.DoesNotContain(secret, printed, StringComparison.Ordinal);
            Assert.DoesNotContain(lines, line => line.Contains(secret, StringComparison.Ordinal));
        }
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
