using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fairway.Bench.Start;

/// <summary>A folder with a deployed service, a small upstream, and how each contestant is started.</summary>
internal sealed class Work : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string _package;
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-start-").FullName;
    private readonly int _edgePort = FreePort();
    private readonly int _peerPort = FreePort();
    private readonly int _upstream = FreePort();
    private Process? _service;
    private int _firsts;

    public Work(string package)
    {
        _package = package;
        Directory.CreateDirectory(Path.Combine(_folder, "app"));
        File.WriteAllText(Path.Combine(_folder, "app", "index.html"), "ok\n");
        File.WriteAllText(Path.Combine(_folder, "fairway.yaml"), $"""
            edge:
              http: 127.0.0.1:{_edgePort}
            services:
              page:
                path: app
                run: python3 -m http.server $PORT --bind 127.0.0.1
                ready: /
                rollout: {"{"} strategy: blueGreen, guard: 0s {"}"}

            """);
        File.WriteAllText(Path.Combine(_folder, "Caddyfile"), $"{{\n admin off\n auto_https off\n}}\nhttp://127.0.0.1:{_peerPort} {{\n reverse_proxy 127.0.0.1:{_upstream}\n}}\n");
        File.WriteAllText(Path.Combine(_folder, "nginx.conf"),
            $"daemon off; pid {_folder}/nginx.pid; error_log {_folder}/nginx.log; events {{}} http {{ access_log off; client_body_temp_path {_folder}; proxy_temp_path {_folder}; fastcgi_temp_path {_folder}; "
            + $"uwsgi_temp_path {_folder}; scgi_temp_path {_folder}; server {{ listen 127.0.0.1:{_peerPort}; location / {{ proxy_pass http://127.0.0.1:{_upstream}; }} }} }}");
        File.WriteAllText(Path.Combine(_folder, "haproxy.cfg"),
            $"defaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\nfrontend f\n bind 127.0.0.1:{_peerPort}\n default_backend b\nbackend b\n server s 127.0.0.1:{_upstream}\n");
    }

    private string Data => Path.Combine(_folder, ".fairway");

    /// <summary>Deploys the service once and leaves its instance, but neither control plane nor edge, running.</summary>
    public async Task WarmAsync()
    {
        using var publish = Start("dotnet", ["publish", Path.GetFullPath(Path.Combine("bench", "StartBare")), "-c", "Release", "-r", "linux-x64", "--no-self-contained", "-v", "q", "-nologo", "-o", Path.Combine(_folder, "bare")]);
        await publish.WaitForExitAsync();
        if (publish.ExitCode != 0) throw new InvalidOperationException("bench/StartBare cannot be published; run this from the project's folder");
        _service = Start("python3", ["-m", "http.server", $"{_upstream}", "--bind", "127.0.0.1", "--directory", Path.Combine(_folder, "app")]);
        await AnswersAsync(_upstream, "200");
        using var plane = Fairway("serve", "--data", Data);
        await AnswersAsync(_edgePort, "HTTP/1.1");
        using var deploy = Fairway("deploy", "page", "--version", "1", "--wait", "--data", Data);
        await deploy.WaitForExitAsync();
        if (deploy.ExitCode != 0) throw new InvalidOperationException("the service could not be deployed; see above");
        await EndAsync(plane);
        KillEdge();
    }

    public async Task<TimeSpan?> FirstStart()
    {
        var data = Path.Combine(_folder, $"first-{_firsts++}");
        var clock = Stopwatch.StartNew();
        using var plane = Fairway("up", "--data", data);
        await Task.WhenAll(AnswersAsync(Path.Combine(data, "fairway.sock")), AnswersAsync(_edgePort, "HTTP/1.1"));
        var time = clock.Elapsed;
        await DownAsync(data, plane);
        return time;
    }

    public async Task<TimeSpan?> ServeAgain()
    {
        var clock = Stopwatch.StartNew();
        using var plane = Fairway("serve", "--no-edge", "--data", Data);
        await AnswersAsync(Path.Combine(Data, "fairway.sock"));
        var time = clock.Elapsed;
        await EndAsync(plane);
        return time;
    }

    public async Task<TimeSpan?> EdgeAgain()
    {
        var clock = Stopwatch.StartNew();
        using var edge = Fairway("edge", "--http", $"127.0.0.1:{_edgePort}", "--data", Data);
        await AnswersAsync(_edgePort, "200");
        var time = clock.Elapsed;
        await EndAsync(edge);
        return time;
    }

    /// <summary>From kill -9 of the edge under a control plane to the next 200 of a service.</summary>
    public async Task<TimeSpan?> EdgeKilled()
    {
        using var plane = Fairway("serve", "--data", Data);
        await AnswersAsync(_edgePort, "200");
        var clock = Stopwatch.StartNew();
        KillEdge();
        await AnswersAsync(_edgePort, "200");
        var time = clock.Elapsed;
        await EndAsync(plane);
        KillEdge();
        return time;
    }

    public async Task<TimeSpan?> StatusAsync()
    {
        using var plane = Fairway("serve", "--no-edge", "--data", Data);
        await AnswersAsync(Path.Combine(Data, "fairway.sock"));
        var clock = Stopwatch.StartNew();
        using var status = Fairway("status", "--json", "--data", Data);
        await status.WaitForExitAsync();
        var time = clock.Elapsed;
        await EndAsync(plane);
        return time;
    }

    /// <summary>The yardstick: one option, one table, then it ends.</summary>
    public async Task<TimeSpan?> BareAsync()
    {
        var clock = Stopwatch.StartNew();
        using var bare = Start(Path.Combine(_folder, "bare", "Fairway.Bench.StartBare"), []);
        await bare.WaitForExitAsync();
        return clock.Elapsed;
    }

    public Task<TimeSpan?> CaddyAsync() => PeerAsync("caddy", ["run", "--config", Path.Combine(_folder, "Caddyfile"), "--adapter", "caddyfile"]);

    public Task<TimeSpan?> NginxAsync() => PeerAsync("/usr/sbin/nginx", ["-c", Path.Combine(_folder, "nginx.conf"), "-p", _folder]);

    public Task<TimeSpan?> HaproxyAsync() => PeerAsync("/usr/sbin/haproxy", ["-q", "-db", "-f", Path.Combine(_folder, "haproxy.cfg")]);

    /// <summary>What serve, edge and caddy hold after 20 idle seconds.</summary>
    public async Task<(Memory Serve, Memory Edge, Memory Caddy)> MemoryAsync()
    {
        using var plane = Fairway("serve", "--data", Data);
        await AnswersAsync(_edgePort, "200");
        Process? caddy = null;
        if (Exists("caddy")) caddy = Start("caddy", ["run", "--config", Path.Combine(_folder, "Caddyfile"), "--adapter", "caddyfile"]);
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System);
        var answer = (Memory.Of(plane.Id), Memory.Of(EdgePid()), caddy is null ? new Memory(0, 0) : Memory.Of(caddy.Id));
        if (caddy is not null) await EndAsync(caddy);
        await DownAsync(Data, plane);
        return answer;
    }

    public void Dispose()
    {
        if (_service is not null) EndAsync(_service).GetAwaiter().GetResult();
        using var chmod = Process.Start("chmod", ["-R", "u+w", _folder]);
        chmod.WaitForExit();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<TimeSpan?> PeerAsync(string program, string[] arguments)
    {
        if (!Exists(program)) return null;
        var clock = Stopwatch.StartNew();
        using var peer = Start(program, arguments);
        await AnswersAsync(_peerPort, "200");
        var time = clock.Elapsed;
        await EndAsync(peer);
        return time;
    }

    private Process Fairway(params string[] arguments) => Start(_package, arguments);

    private Process Start(string program, string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task DownAsync(string data, Process plane)
    {
        using var down = Fairway("down", "--data", data);
        await down.WaitForExitAsync();
        await plane.WaitForExitAsync();
    }

    private static async Task EndAsync(Process process)
    {
        using var term = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await term.WaitForExitAsync();
        await process.WaitForExitAsync();
    }

    private void KillEdge()
    {
        using var kill = Process.Start("kill", ["-KILL", $"{EdgePid()}"]);
        kill.WaitForExit();
    }

    private int EdgePid() => Directory.GetDirectories("/proc").Select(p => int.TryParse(Path.GetFileName(p), out var pid) ? pid : 0)
        .First(pid => pid > 0 && CommandLine(pid) is var line && line.Contains("\0edge\0", StringComparison.Ordinal) && line.Contains(Data, StringComparison.Ordinal));

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static bool Exists(string program) => program.StartsWith('/') ? File.Exists(program)
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    private static Task AnswersAsync(int port, string wanted) => AnswersAsync(new IPEndPoint(IPAddress.Loopback, port), AddressFamily.InterNetwork, "/", wanted);

    private static Task AnswersAsync(string socket) => AnswersAsync(new UnixDomainSocketEndPoint(socket), AddressFamily.Unix, "/api/healthz", "200");

    private static async Task AnswersAsync(EndPoint where, AddressFamily family, string path, string wanted)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Limit)
        {
            try
            {
                using var socket = new Socket(family, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(where);
                await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
                var buffer = new byte[4096];
                var read = await socket.ReceiveAsync(buffer);
                if (Encoding.ASCII.GetString(buffer, 0, read).Split('\r')[0].Contains(wanted, StringComparison.Ordinal)) return;
            }
            catch (SocketException)
            {
                // Not yet.
            }

            // Seldom enough to leave the cores to what is waited for.
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        throw new TimeoutException($"{where} did not answer {wanted} within {Limit.TotalSeconds} s");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
