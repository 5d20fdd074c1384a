using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Fairway.Adapters.Processes;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Tests.Contracts.Workloads;

/// <summary>This executable run again as something else, named by the variable <c>CONTRACT_ROLE</c>: an HTTP server, a control plane.</summary>
public static class TestPrograms
{
    public const string Role = "CONTRACT_ROLE";

    /// <summary>Plays the role, if one is asked for; false when these are the tests themselves.</summary>
    public static async Task<bool> PlayAsync()
    {
        switch (Environment.GetEnvironmentVariable(Role))
        {
            case "server":
                Serve();
                return true;
            case "control-plane":
                await ControlAsync();
                return true;
            default:
                return false;
        }
    }

    // Answers 200 unless the folder $FLAGS has a file named like the path asked for; that is 503.
    private static void Serve()
    {
        var flags = Environment.GetEnvironmentVariable("FLAGS") ?? "/nonexistent";
        var listener = new TcpListener(IPAddress.Loopback, int.Parse(Environment.GetEnvironmentVariable("PORT")!, CultureInfo.InvariantCulture));
        listener.Start();
        while (true)
        {
            using var client = listener.AcceptTcpClient();
            client.ReceiveTimeout = 5000;
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
            var path = ReadRequest(reader);
            if (path is null) continue;
            var status = File.Exists(Path.Combine(flags, path.Trim('/'))) ? "503 Service Unavailable" : "200 OK";
            client.GetStream().Write(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }
    }

    private static string? ReadRequest(StreamReader reader)
    {
        try
        {
            var request = reader.ReadLine();
            while (reader.ReadLine() is { Length: > 0 })
            {
            }

            return request?.Split(' ') is [_, var path, ..] ? path : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    // Opens a folder, applies one wish if given, says so, and waits to be killed.
    private static async Task ControlAsync()
    {
        var (workloads, fault) = await ProcessWorkloads.OpenAsync(ProcessHouse.Options(Variable("FOLDER")), TimeProvider.System, CancellationToken.None);
        if (workloads is null)
        {
            Console.WriteLine($"refused: {fault}");
            return;
        }

        if (Variable("WISH") is { Length: > 0 } wish)
        {
            var parts = wish.Split('\n', 3);
            var service = new ServiceKey(parts[0], parts[1]);
            var refused = await workloads.ApplyAsync(service, FairwayJson.Read<RolloutEffect.SetInstances>(parts[2]), CancellationToken.None);
            Console.WriteLine(refused is null ? "applied" : $"refused: {refused}");
        }
        else
        {
            Console.WriteLine("open");
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";
}
