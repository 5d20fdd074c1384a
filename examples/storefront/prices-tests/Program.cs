using System.Xml.Linq;
using Storefront.Prices;

// Writes JUnit, which Fairway reads. A project with packages at hand takes xunit instead.
var suite = new XElement("testsuite", new XAttribute("name", "prices"));
Check("One tea costs 4.90", PriceList.Of("tea", 1) == 490);
Check("Ten and more are a tenth cheaper", PriceList.Of("cup", 10) == 10350);
Check("Nobody pays for what is not there", PriceList.Of("saucer", 1) is null);
Directory.CreateDirectory("results");
suite.Save("results/prices.xml");
return suite.Descendants("failure").Any() ? 1 : 0;

void Check(string name, bool holds)
{
    var test = new XElement("testcase", new XAttribute("classname", "prices"), new XAttribute("name", name));
    if (!holds) test.Add(new XElement("failure", new XAttribute("message", "does not hold")));
    suite.Add(test);
    Console.WriteLine($"{(holds ? "passed" : "FAILED")}  {name}");
}
