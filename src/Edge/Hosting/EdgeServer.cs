using System.Net;
using Fairway.Edge.Admin;
using Fairway.Edge.Forwarding;
using Fairway.Edge.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;

namespace Fairway.Edge.Hosting;

/// <summary>A running edge: client listeners, the table in force, the admin API.</summary>
public sealed class EdgeServer : IAsyncDisposable
{
    private readonly EdgeOptions _options;
    private readonly TimeProvider _time;
    private readonly EdgeFolder _folder;
    private readonly LiveTable _live;
    private readonly TableKeeper _keeper;
    private readonly EdgeReport _report;
    private readonly StandardErrorLog _log;
    private readonly CertificateFile? _certificate;
    private readonly List<CleartextPort> _cleartext;
    private readonly List<TlsPort> _tls;
    private readonly AccessLog? _accessLog;
    private readonly EdgeHandler _handler;
    private readonly EdgeApplication _application;
    private readonly AdminServer _admin;
    private readonly OwnedServer _clients;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _draining;
    private int _disposed;

    private EdgeServer(EdgeOptions options, TimeProvider time, TextWriter errors)
    {
        _options = options;
        _time = time;
        _folder = EdgeFolder.Open(options.DataFolder);
        try
        {
            var store = new TableStore(options.DataFolder);
            var (table, notices) = store.Load();
            _live = new LiveTable(time);
            _keeper = new TableKeeper(_live, store, table, time);
            _report = new EdgeReport(_live, _keeper, time);
            _log = new StandardErrorLog(errors, time);
            foreach (var notice in notices) Notice(notice);
            if (!options.Https.IsEmpty) _certificate = new CertificateFile(Required(options.Certificate), options.CertificateKey, Notice, time);
            _cleartext = [.. options.Http.Select(address => new CleartextPort(address, options.Limits.KeepAlive, options.Limits.MaxConnections, time))];
            _tls = [.. options.Https.Select(address => new TlsPort(address, _certificate!))];
            _accessLog = options.AccessLogRate > 0 ? new AccessLog(Console.OpenStandardOutput(), options.AccessLogRate, time) : null;
            _handler = new EdgeHandler(() => _live.Current, time, options.Forwarding with { AccessLog = _accessLog });
            _application = new EdgeApplication(_handler.HandleAsync);
            _clients = KestrelServers.ForClients(options, _cleartext, _tls, _log);
            _admin = new AdminServer(new AdminApi(_keeper, _report, BeginDrain), options.AdminSocketPath, options.Metrics, _log);
        }
        catch
        {
            _folder.Dispose();
            throw;
        }

        void Notice(string notice)
        {
            _report.Notice(notice);
            errors.WriteLine(notice);
        }
    }

    /// <summary>Where clients and metrics readers reach it, as URLs; ports that were 0 are the real ones.</summary>
    public ImmutableArray<string> Listeners => _report.Listeners;

    /// <summary>Path of the admin API's Unix socket.</summary>
    public string AdminSocket => _options.AdminSocketPath;

    /// <summary>The table in force.</summary>
    public LiveTable Table => _live;

    /// <summary>Ends when the edge has drained, because the admin API or <see cref="DrainAsync"/> asked for it.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Loads the last good table, then listens. Returns when requests are served.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="errors">Notices and warnings go here, one line each.</param>
    /// <param name="cancellation">Gives the start up.</param>
    /// <exception cref="EdgeStartException">It cannot start; says why and how to mend it.</exception>
    public static async Task<EdgeServer> StartAsync(EdgeOptions options, TimeProvider time, TextWriter errors, CancellationToken cancellation)
    {
        options.Validate();
        var server = new EdgeServer(options, time, errors);
        try
        {
            await server.ListenAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Drains the whole edge and stops it: answers say <c>Connection: close</c> for <see cref="EdgeOptions.DrainNotice"/>, WebSockets are told, then nothing new is
    /// accepted (HTTP/2: GOAWAY) and what is in flight has <see cref="EdgeOptions.DrainTimeout"/>.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        BeginDrain();
        await _drained.Task.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        await _admin.DisposeAsync();
        await _clients.DisposeAsync();
        _handler.Dispose();
        if (_accessLog is not null) await _accessLog.DisposeAsync();
        foreach (var port in _cleartext) port.Dispose();
        if (_certificate is not null) await _certificate.DisposeAsync();
        await _keeper.DisposeAsync();
        await _live.DisposeAsync();
        _log.Dispose();
        _folder.Dispose();
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        try
        {
            await _clients.Server.StartAsync(_application, cancellation);
        }
        catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException)
        {
            throw ListenFailure.Explain(failure, [.. _options.Http, .. _options.Https]);
        }
        // Who gets an answer here may count on clients being served.
        await _admin.StartAsync(cancellation);
        _report.Listeners =
        [
            .. _cleartext.Select(port => $"http://{port.Bound}"), .. _tls.Select(port => $"https://{port.Bound}"),
            .. _admin.Metrics is { } metrics ? (string[])[$"http://{metrics}/metrics"] : [],
        ];
    }

    private void BeginDrain()
    {
        if (Interlocked.Exchange(ref _draining, 1) == 0) _ = FinishAsync();
    }

    private async Task FinishAsync()
    {
        try
        {
            _report.Draining = true;
            _application.CloseAfterAnswer();
            _live.Drain();
            if (_options.DrainNotice > TimeSpan.Zero) await Task.Delay(_options.DrainNotice, _time);
            using var patience = new CancellationTokenSource(_options.DrainTimeout, _time);
            await _clients.Server.StopAsync(patience.Token);
            _drained.SetResult();
        }
        catch (Exception failure)
        {
            _drained.SetException(failure);
        }
    }

    private static string Required(string? certificate)
        => certificate ?? throw new EdgeStartException("HTTPS is asked for without a certificate; give one with --certificate FILE and --key FILE, both PEM");
}
