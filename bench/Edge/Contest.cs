namespace Fairway.Bench.Edge;

/// <summary>Who takes part, and with what configuration: each as its manual recommends for a keep-alive upstream, two workers or threads.</summary>
internal sealed class Contest : IDisposable
{
    private const int UpstreamPort = 19_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-bench-").FullName;
    private readonly List<Peer> _peers = [];
    private Peer? _upstream;

    /// <summary>The proxies, in turn.</summary>
    public IReadOnlyList<Peer> Peers => _peers;

    public async Task StartAsync(IReadOnlySet<string> without)
    {
        _upstream = await Peer.StartAsync("upstream", UpstreamPort, "nginx", "-c", Write("upstream.conf", Upstream));
        var self = Environment.ProcessPath ?? throw new InvalidOperationException("no path to this program");
        await AddAsync("fairway", 19_001, self, "serve", "19001", $"{UpstreamPort}");
        await AddAsync("nginx", 19_002, "nginx", "-c", Write("nginx.conf", Nginx(19_002)));
        await AddAsync("haproxy", 19_003, "haproxy", "-f", Write("haproxy.cfg", HaProxy(19_003)));
        await AddAsync("caddy", 19_004, "caddy", "run", "--adapter", "caddyfile", "--config", Write("Caddyfile", Caddy(19_004)));

        async Task AddAsync(string name, int port, string program, params string[] arguments)
        {
            if (!without.Contains(name)) _peers.Add(await Peer.StartAsync(name, port, program, arguments));
        }
    }

    public void Dispose()
    {
        foreach (var peer in _peers) peer.Dispose();
        _upstream?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Upstream => $$"""
        daemon off;
        pid {{_folder}}/upstream.pid;
        error_log {{_folder}}/upstream.log;
        worker_processes 1;
        events { worker_connections 4096; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          keepalive_timeout 600s;
          server {
            listen 127.0.0.1:{{UpstreamPort}} backlog=4096;
            location / { default_type text/plain; return 200 "Hello, World!\n"; }
          }
        }
        """;

    private string Nginx(int port) => $$"""
        daemon off;
        pid {{_folder}}/nginx.pid;
        error_log {{_folder}}/nginx.log;
        worker_processes 2;
        events { worker_connections 4096; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          upstream hello { server 127.0.0.1:{{UpstreamPort}}; keepalive 128; keepalive_requests 1000000000; }
          server {
            listen 127.0.0.1:{{port}} backlog=4096;
            location / {
              proxy_pass http://hello;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_set_header Host $host;
              proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
              proxy_set_header X-Forwarded-Proto $scheme;
              proxy_set_header X-Forwarded-Host $host;
              proxy_set_header X-Request-Id $request_id;
            }
          }
        }
        """;

    private static string HaProxy(int port) => $"""
        global
          nbthread 2
          maxconn 8192
        defaults
          mode http
          timeout connect 2s
          timeout client 60s
          timeout server 60s
          option forwardfor
          http-reuse always
          unique-id-format %[uuid]
        frontend clients
          bind 127.0.0.1:{port} backlog 4096
          unique-id-header X-Request-Id
          default_backend hello
        backend hello
          server hello 127.0.0.1:{UpstreamPort}

        """;

    private static string Caddy(int port) => $$"""
        {
          admin off
          auto_https off
          log default {
            level ERROR
          }
        }
        http://:{{port}} {
          bind 127.0.0.1
          reverse_proxy 127.0.0.1:{{UpstreamPort}} {
            header_up X-Request-Id {http.request.uuid}
            transport http {
              keepalive_idle_conns_per_host 256
            }
          }
        }

        """;

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
