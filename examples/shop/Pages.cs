using System.Globalization;

namespace Shop;

/// <summary>The two pages people see.</summary>
internal static class Pages
{
    public static string Index(Catalogue catalogue, string version) => Page("Chandler's", version, $$"""
        <ul>{{string.Concat(catalogue.Products.Select(p => $"<li><a href=/product/{p.Id}>{p.Name}</a> <b>{Price(p.Cents)}</b></li>"))}}</ul>
        <p>Orders taken by this copy: <output id=orders>{{catalogue.Orders}}</output></p>
        <script>new EventSource('/events').onmessage = e => document.getElementById('orders').value = JSON.parse(e.data).orders</script>
        """);

    public static string Product(Product product, string version) => Page(product.Name, version, $$"""
        <p>{{product.About}}</p>
        <p><b>{{Price(product.Cents)}}</b></p>
        <button onclick="fetch('/api/orders', {method: 'POST', headers: {'content-type': 'application/json'},
          body: JSON.stringify({product: {{product.Id}}, quantity: 1})}).then(r => this.textContent = r.ok ? 'Ordered' : 'Try again')">Order one</button>
        <p><a href=/>All goods</a></p>
        """);

    private static string Price(int cents) => (cents / 100m).ToString("0.00", CultureInfo.InvariantCulture) + "&nbsp;€";

    private static string Page(string title, string version, string body) => $$"""
        <!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width"><title>{{title}}</title>
        <style>body{font:1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}li{display:flex;justify-content:space-between}
        ul{padding:0}footer{color:#777;font-size:.8rem}</style>
        <h1>{{title}}</h1>
        {{body}}
        <footer>shop {{System.Net.WebUtility.HtmlEncode(version)}}</footer></html>
        """;
}
