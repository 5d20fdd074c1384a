using System.Net;
using Fairway.Adapters.Edge;
using Fairway.Edge.Hosting;
using Fairway.Ports;

namespace Fairway.Contracts;

/// <summary>Our own edge, real, over its real socket.</summary>
public sealed class TrafficByEdgeTests : TrafficContract
{
    /// <inheritdoc/>
    protected override async Task<ITrafficSubject> StartAsync()
    {
        var subject = new Subject();
        await subject.ReturnAsync();
        return subject;
    }

    private sealed class Subject : ITrafficSubject
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fairway-traffic-");
        private readonly EdgeAdminClient _admin;
        private EdgeServer? _server;

        public Subject()
        {
            _admin = new EdgeAdminClient(Path.Combine(_folder.FullName, "admin.sock"), TimeSpan.FromSeconds(30));
            Traffic = new EdgeTraffic(_admin);
        }

        public ITraffic Traffic { get; }

        public async Task LoseAsync()
        {
            if (_server is not null) await _server.DisposeAsync();
            _server = null;
        }

        public async Task ReturnAsync() => _server = await EdgeServer.StartAsync(
            new EdgeOptions { DataFolder = _folder.FullName, Http = [new IPEndPoint(IPAddress.Loopback, 0)] }, TimeProvider.System, TextWriter.Null, CancellationToken.None);

        public async ValueTask DisposeAsync()
        {
            await LoseAsync();
            _admin.Dispose();
            _folder.Delete(recursive: true);
        }
    }
}
